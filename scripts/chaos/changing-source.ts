import { gzipSync } from 'node:zlib';
import { type ActivateAudienceInput } from '../../src/contract/activation';
import { type ChaosAudience } from './audience';
import { type Stage } from './stage';

type SourceInput = ActivateAudienceInput['source'];

/** The ways in which a source lies in the bucket, dealt to the audiences in turn. */
const KINDS = ['gzip', 'counted', 'folders', 'plain'] as const;
const COUNTED_ROWS = 1_400;
/** Longer than any chaos run: a folder counts as complete by its marker only. */
const QUIET_SECONDS = 3_600;

/** The source of one audience: whole most of the time, damaged now and then. */
export class ChangingSource {
  readonly audience: ChaosAudience;
  readonly index: number;
  readonly kind: (typeof KINDS)[number];
  /** What a schedule's input says about it. */
  readonly input: SourceInput;
  private readonly exchange: Stage['exchange'];
  private folder = 0;
  private isHalfWritten = false;
  private writing: Promise<unknown> = Promise.resolve();

  constructor(exchange: Stage['exchange'], audience: ChaosAudience, index: number) {
    this.exchange = exchange;
    this.audience = audience;
    this.index = index;
    this.kind = KINDS[index % KINDS.length] ?? 'plain';
    this.input = this.inputOf();
  }

  /** Puts the next complete file there; a folder that is half written is finished. Writers wait for one another. */
  putWhole(random: () => number): Promise<void> {
    return this.inTurn(() => this.writeWhole(random));
  }

  /** Puts there what an upload leaves that broke off; answers what is wrong with it, or nothing if nobody could tell. */
  putDamaged(random: () => number): Promise<string | undefined> {
    return this.inTurn(() => this.writeDamaged(random));
  }

  private inTurn<T>(write: () => Promise<T>): Promise<T> {
    const written = this.writing.then(write);
    this.writing = written.catch(() => undefined);
    return written;
  }

  private async writeWhole(random: () => number): Promise<void> {
    const { audience } = this;
    audience.members = this.sized(audience.next(0.1 + random() * 0.3, 0.1 + random() * 0.3));
    audience.version += 1;
    if (this.kind !== 'folders') return this.put(audience.sourceKey, this.encoded(audience.members));
    const half = audience.members.length >> 1;
    if (!this.isHalfWritten) this.folder += 1;
    await this.put(this.inFolder('part-1.csv'), csv(audience.members.slice(0, half)));
    await this.put(this.inFolder('part-2.csv'), csv(audience.members.slice(half)));
    await this.put(this.inFolder('_SUCCESS'), '');
    this.isHalfWritten = false;
  }

  private async writeDamaged(random: () => number): Promise<string | undefined> {
    const { audience } = this;
    const members = this.sized(audience.next(0.1 + random() * 0.3, 0.1 + random() * 0.3));
    const cut = members.slice(0, members.length >> 1);
    switch (this.kind) {
      case 'gzip': {
        const whole = gzipSync(csv(members));
        await this.put(audience.sourceKey, whole.subarray(0, Math.floor(whole.length * 0.6)));
        return 'gzip stream cut';
      }
      case 'counted':
        await this.put(audience.sourceKey, csv(cut));
        return 'half of the expected rows';
      case 'folders':
        if (!this.isHalfWritten) this.folder += 1;
        this.isHalfWritten = true;
        await this.put(this.inFolder('part-1.csv'), csv(cut));
        return 'folder half written';
      case 'plain':
        return undefined;
    }
  }

  private inputOf(): SourceInput {
    const { sourceKey: key, name } = this.audience;
    switch (this.kind) {
      case 'gzip':
        return { key, compression: 'gzip' };
      case 'counted':
        return { key, expectedRows: COUNTED_ROWS };
      case 'folders':
        return { newestUnder: `${name}/`, format: 'csv', quietSeconds: QUIET_SECONDS };
      case 'plain':
        return { key };
    }
  }

  /** The same number of rows each time, where that is what proves a file whole. */
  private sized(members: readonly string[]): readonly string[] {
    if (this.kind !== 'counted') return members;
    return [...new Set([...[...members].reverse(), ...this.audience.opposite()])].slice(0, COUNTED_ROWS);
  }

  private encoded(members: readonly string[]): Buffer | string {
    return this.kind === 'gzip' ? gzipSync(csv(members)) : csv(members);
  }

  private inFolder(file: string): string {
    return `${this.audience.name}/${String(this.folder).padStart(6, '0')}/${file}`;
  }

  private async put(key: string, body: Uint8Array | string): Promise<void> {
    const put = await this.exchange.put(key, body);
    if (!put.ok) throw new Error(put.fault.message);
  }
}

function csv(members: readonly string[]): string {
  return `external_id\n${members.join('\n')}\n`;
}
