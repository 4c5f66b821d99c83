import { DEFAULT_ATTRIBUTE } from '../../src/contract/names';
import { isJsonObject } from '../../src/sandbox/json-values';
import { type UnansweredRequest } from '../../src/sandbox/workspace';
import { type ChaosAudience } from './audience';
import { type StateObject } from './kill-points';
import { type PassageMoment, type Watch } from './passage';
import { type SentChange, type SentRecord } from './sent-record';
import { type Triggers } from './triggers';

/** What is needed to know for whom a request is. */
export interface Watched {
  audiences: readonly ChaosAudience[];
  /** The audience whose folder in the state bucket has this key. */
  byKey: ReadonlyMap<string, string>;
  triggers: Triggers;
}

const OBJECTS: readonly [RegExp, StateObject][] = [
  [/\/snapshot-[0-9a-f]+\.parquet$/, 'snapshot'],
  [/\/plan-[0-9a-f]+\/slices\.json$/, 'plan'],
  [/\/started\//, 'marker'],
  [/\/receipts\//, 'receipt'],
  [/\/ledger\/g\d+-[0-9a-f]+\.parquet$/, 'ledger'],
  [/\/ledger\/g\d+-[0-9a-f]+\.json$/, 'manifest'],
];

/** The name of the door to the exchange bucket; the doors to the state bucket are called as the workers are. */
export const SOURCE_DOOR = 'exchange';

/** Watches the way to S3: who writes what for which audience, and who reads which source. */
export function watchBucket({ audiences, byKey, triggers }: Watched): Watch {
  const begun = new Set<string>();
  return async (moment, method, path, door) => {
    if (door === SOURCE_DOOR) {
      const audience = audiences.find(({ sourceKey }) => path.endsWith(`/${sourceKey}`));
      if (audience && method === 'GET' && moment === 'halfway')
        await triggers.sight(audience.name, { kind: 'source is read halfway' });
      return;
    }
    const key = /\/audiences\/([0-9a-f]{32})\//.exec(path)?.[1];
    const audience = key === undefined ? undefined : byKey.get(key);
    if (key === undefined || audience === undefined) return;
    triggers.sawSender(audience, door);
    if (method !== 'PUT' || moment === 'halfway') return;
    const object = objectAt(path, key, begun);
    if (object) await triggers.sight(audience, { kind: 'put', object, moment: momentOf(moment) });
  };
}

function momentOf(moment: Exclude<PassageMoment, 'halfway'>): 'before' | 'after' {
  return moment;
}

/** A ledger of a generation that has sent nothing yet is what a recovery has found out. */
function objectAt(path: string, key: string, begun: Set<string>): StateObject | undefined {
  const object = OBJECTS.find(([pattern]) => pattern.test(path))?.[1];
  const generation = /\/(?:runs|ledger)\/g(\d+)/.exec(path)?.[1] ?? '';
  if (object === 'marker') begun.add(`${key} ${generation}`);
  if (begun.has(`${key} ${generation}`)) return object;
  if (object === 'ledger') return 'recovered ledger';
  return object === 'manifest' ? 'recovered manifest' : object;
}

/** Watches what Braze has carried out and is about to answer. */
export function watchBraze({ audiences, triggers }: Watched, record: SentRecord) {
  return async ({ request, reply, fault, res }: UnansweredRequest): Promise<void> => {
    const body = request.json();
    if (!body.ok || !isJsonObject(body.value)) return;
    if (request.path === '/users/export/ids') {
      const ids = body.value['external_ids'];
      const audience = Array.isArray(ids) ? audienceOf(audiences, ids.map(String)) : undefined;
      if (audience) await triggers.sight(audience.name, { kind: 'braze is read back' });
      return;
    }
    if (request.path !== '/users/track' || reply.status !== 201) return;
    const change = changeOf(body.value['attributes']);
    if (!change) return;
    const spoil = record.accepted(change);
    if (fault && fault.kind !== 'slow') spoil();
    res.once('close', () => {
      if (!res.writableFinished) spoil();
    });
    await triggers.sight(change.audience, { kind: 'braze has applied' });
  };
}

function audienceOf(audiences: readonly ChaosAudience[], ids: readonly string[]): ChaosAudience | undefined {
  return audiences.find(({ prefix }) => ids.some((id) => id.startsWith(prefix)));
}

/** Requests of one slice change one value in one direction. */
function changeOf(attributes: unknown): SentChange | undefined {
  if (!Array.isArray(attributes)) return undefined;
  const ids: string[] = [];
  let found: Pick<SentChange, 'audience' | 'operation'> | undefined;
  for (const object of attributes) {
    if (!isJsonObject(object)) continue;
    const change = object[DEFAULT_ATTRIBUTE];
    if (!isJsonObject(change)) continue;
    const operation = 'add' in change ? 'add' : 'remove';
    const values = change[operation];
    ids.push(String(object['external_id']));
    if (Array.isArray(values)) found = { audience: String(values[0]), operation };
  }
  return found && { ...found, ids };
}
