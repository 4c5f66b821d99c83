import { type ChangeOperation } from '../../src/contract/phases';

/** What one request asked of Braze. */
export interface SentChange {
  audience: string;
  operation: ChangeOperation;
  ids: readonly string[];
}

/** How often Braze took a change of one person, and how often whoever sent it could not know. */
export interface SentCount {
  accepted: number;
  spoilt: number;
}

/** Every change that Braze has accepted, person by person. */
export class SentRecord {
  private readonly counts = new Map<string, SentCount>();
  requests = 0;

  /** Notes an accepted request; the result is to be called if its answer did not arrive whole. */
  accepted({ audience, operation, ids }: SentChange): () => void {
    this.requests += 1;
    const counts = ids.map((id) => this.of(audience, operation, id));
    for (const count of counts) count.accepted += 1;
    let isSpoilt = false;
    return () => {
      if (!isSpoilt) for (const count of counts) count.spoilt += 1;
      isSpoilt = true;
    };
  }

  /** The changes of one audience, with the person's identifier and the operation. */
  *changes(audience: string): Generator<{ id: string; operation: ChangeOperation } & SentCount> {
    for (const [key, count] of this.counts) {
      const [of, operation, id = ''] = key.split('\0');
      if (of === audience && (operation === 'add' || operation === 'remove'))
        yield { id, operation, ...count };
    }
  }

  /** Forgets what was sent, for the next round. */
  clear(): void {
    this.counts.clear();
  }

  private of(audience: string, operation: ChangeOperation, id: string): SentCount {
    const key = `${audience}\0${operation}\0${id}`;
    const known = this.counts.get(key) ?? { accepted: 0, spoilt: 0 };
    this.counts.set(key, known);
    return known;
  }
}
