import { z } from 'zod';

/** What the demo does with the sandbox beside what the engine does: filling it, and looking at all of it at the end. */
export interface DemoWorkspace {
  load(externalIds: readonly string[]): Promise<void>;
  /** Values of the attribute by external id, of every profile. */
  profiles(attribute: string): Promise<Map<string, string[]>>;
  /** The attribute as it is, of every profile; undefined where there is none. */
  values(attribute: string): Promise<Map<string, unknown>>;
  /** How many profiles hold the attribute right now. */
  count(attribute: string): Promise<number>;
}

const profileSchema = z.object({
  external_id: z.string().optional(),
  custom_attributes: z.record(z.string(), z.unknown()).optional(),
});

const countSchema = z.object({ profiles: z.number() });

/** A sandbox by its address. */
export function openWorkspace(url: string): DemoWorkspace {
  return {
    async load(externalIds) {
      const body = externalIds.map((id) => `${JSON.stringify({ external_id: id })}\n`).join('');
      await expectOk(await fetch(`${url}/_sandbox/profiles`, { method: 'POST', body }));
    },
    async profiles(attribute) {
      const values = await readAll(url, attribute);
      return new Map([...values].map(([id, value]) => [id, Array.isArray(value) ? value.map(String) : []]));
    },
    values: (attribute) => readAll(url, attribute),
    async count(attribute) {
      const query = new URLSearchParams({ attribute, count: 'true' });
      const answer = await expectOk(await fetch(`${url}/_sandbox/profiles?${query.toString()}`));
      return countSchema.parse(JSON.parse(answer)).profiles;
    },
  };
}

async function expectOk(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`the sandbox answered ${response.status}: ${text.slice(0, 200)}`);
  return text;
}

/** Once everything that was accepted is applied. */
async function readAll(url: string, attribute: string): Promise<Map<string, unknown>> {
  await expectOk(await fetch(`${url}/_sandbox/flush`, { method: 'POST' }));
  const dump = await expectOk(await fetch(`${url}/_sandbox/profiles`));
  const values = new Map<string, unknown>();
  for (const line of dump.split('\n').filter(Boolean)) {
    const profile = profileSchema.parse(JSON.parse(line));
    const id = profile.external_id ?? `without external id ${values.size}`;
    values.set(id, profile.custom_attributes?.[attribute]);
  }
  return values;
}
