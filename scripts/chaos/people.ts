import { z } from 'zod';
import { DEFAULT_ATTRIBUTE } from '../../src/contract/names';

/** A value that somebody else has put on some profiles of the same attribute. */
const BY_HAND = 'by hand';
/** Another attribute of theirs, which is nobody's business. */
const OTHER_ATTRIBUTE = 'favourite';
const HAND_PROFILES = 20;
/** Every so manieth of the people whom audiences are made of has something by another hand. */
const EVERY = 25;

const profileSchema = z.object({
  external_id: z.string(),
  custom_attributes: z.record(z.string(), z.unknown()).default({}),
});

/** Audiences by value, with who should hold it. */
export type Truth = ReadonlyMap<string, ReadonlySet<string>>;

/** Everybody whom Braze knows, with what other hands than ours have put on them. */
export class People {
  /** Values by external id that are there from the start and have to stay. */
  private readonly before = new Map<string, readonly string[]>();
  private readonly url: string;

  constructor(url: string, ids: readonly string[], values: readonly string[]) {
    this.url = url;
    ids.forEach((id, index) => this.before.set(id, index % EVERY === 0 ? [BY_HAND] : []));
    for (let hand = 0; hand < HAND_PROFILES; hand += 1) this.before.set(`hand-${hand}`, [...values, BY_HAND]);
  }

  /** Makes Braze know them. */
  async load(): Promise<void> {
    const lines = [...this.before].map(([id, values]) => {
      const attributes = values.length === 0 ? {} : { [DEFAULT_ATTRIBUTE]: values, [OTHER_ATTRIBUTE]: 'tea' };
      return JSON.stringify({ external_id: id, custom_attributes: attributes });
    });
    const answer = await fetch(`${this.url}/_sandbox/profiles`, {
      method: 'POST',
      body: `${lines.join('\n')}\n`,
    });
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}`);
  }

  /** Whether Braze knew this person from the start. */
  knows(id: string): boolean {
    return this.before.has(id);
  }

  /** What the sources say, of those whom Braze knows. */
  truthOf(audiences: readonly { name: string; members: readonly string[] }[]): Truth {
    return new Map(
      audiences.map(({ name, members }) => [name, new Set(members.filter((id) => this.knows(id)))]),
    );
  }

  /** Every profile compared, in all its values; answers how many there are and what is wrong, profile by profile. */
  async compare(truth: Truth): Promise<{ profiles: number; wrong: string[] }> {
    const dump = await (await fetch(`${this.url}/_sandbox/profiles?flush=true`)).text();
    const seen = new Set<string>();
    const wrong: string[] = [];
    for (const line of dump.split('\n').filter(Boolean)) {
      const { external_id: id, custom_attributes: attributes } = profileSchema.parse(JSON.parse(line));
      seen.add(id);
      const problem = this.problem(id, attributes, truth);
      if (problem !== undefined) wrong.push(`${id}: ${problem}`);
    }
    for (const id of this.before.keys()) if (!seen.has(id)) wrong.push(`${id}: gone`);
    return { profiles: seen.size, wrong };
  }

  private problem(id: string, attributes: Record<string, unknown>, truth: Truth): string | undefined {
    const before = this.before.get(id);
    if (!before) return 'made by us';
    const value = attributes[DEFAULT_ATTRIBUTE];
    const values = Array.isArray(value) ? value.map(String).sort() : [];
    const expected = [...before, ...[...truth].filter(([, ids]) => ids.has(id)).map(([name]) => name)].sort();
    if (JSON.stringify(values) !== JSON.stringify(expected))
      return `has [${values.join(', ')}], should have [${expected.join(', ')}]`;
    const other = before.length === 0 ? undefined : 'tea';
    return attributes[OTHER_ATTRIBUTE] === other ? undefined : `${OTHER_ATTRIBUTE} was changed`;
  }
}
