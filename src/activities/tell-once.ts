import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type Bucket } from '../adapters/bucket/bucket';
import { type MailTemplates, type RunMail } from '../adapters/email/templates';
import { type MailReceipt, type MailTransport } from '../adapters/email/transport';
import { OWN_MAIL_HEADER } from '../domain/automatic-mail';
import { type ScheduleAlert } from '../domain/schedule-watch';
import { alertKey } from '../domain/state-layout';
import { throwFault, valueOf } from './failure';

/** What telling an alert takes. */
export interface AlertDependencies {
  stateBucket: Bucket;
  transport: MailTransport;
  templates: MailTemplates;
  /** Mail addresses of the deployment's operators. */
  operators: readonly string[];
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** What is told, and about what. */
export interface Telling {
  /** Id of the schedule or the stream. */
  about: string;
  kind: 'schedule' | 'stream';
  mail: RunMail;
}

/** As long as any mail of a run is tried; then those who have it have to do. */
const PATIENCE_MS = 3_600_000;

/** Whom an earlier look has reached, as digests, while the mail server wants others tried later. */
const partSchema = z.object({ settled: z.array(z.string()), sinceMs: z.number() });

/**
 * Mails an alert unless it leaves a mark of having been told; answers whether it was mailed to all. Whoever the server wants
 * tried later is tried by the next look, alone, and the mark is not written before.
 */
export async function tellOnce(
  { stateBucket, transport, templates, operators, clock }: AlertDependencies,
  { about, kind, mail }: Telling,
  alert: Pick<ScheduleAlert, 'mark' | 'orMark'>,
): Promise<boolean> {
  const name = digest(about);
  const keyOf = (mark: string) => alertKey(stateBucket.path, name, mark);
  const keys = [alert.mark, alert.orMark].flatMap((mark) => (mark === undefined ? [] : [keyOf(mark)]));
  for (const key of keys) if (valueOf(await stateBucket.head(key)) !== undefined) return false;
  const partKey = keyOf(`${alert.mark}-part`);
  const { settled, sinceMs } = await readPart(stateBucket, partKey, clock());
  const pending = operators.filter((address) => !settled.includes(digest(address)));
  const messageId = `<${kind}.${name}.${alert.mark.replaceAll(':', '.')}@brazier.${transport.domain}>`;
  const receipt = await transport.send({
    ...templates(mail),
    messageId,
    to: operators,
    deliverTo: pending,
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      [OWN_MAIL_HEADER]: messageId,
    },
  });
  const deferred = deferredBy(valueOf(receipt));
  const [later] = deferred;
  if (later !== undefined && clock() < sinceMs + PATIENCE_MS) {
    const isSettled = (address: string) => deferred.every((one) => one.address !== address);
    const part = { settled: operators.filter(isSettled).map(digest), sinceMs };
    valueOf(await stateBucket.putJson(partKey, part));
    throwFault({
      code: 'MAIL_UNAVAILABLE',
      message: `The mail server asks to try later: ${later.reason}`,
    });
  }
  const toldAt = new Date(clock()).toISOString();
  for (const key of keys) valueOf(await stateBucket.putJson(key, { about, ...alert, toldAt }));
  return true;
}

function deferredBy({ refused }: MailReceipt): MailReceipt['refused'] {
  return refused.filter(({ permanent }) => !permanent);
}

async function readPart(bucket: Bucket, key: string, nowMs: number): Promise<z.infer<typeof partSchema>> {
  const none = { settled: [], sinceMs: nowMs };
  if (valueOf(await bucket.head(key)) === undefined) return none;
  const text = valueOf(await bucket.read(key)).toString('utf8');
  return partSchema.safeParse(JSON.parse(text)).data ?? none;
}

/** Neither a schedule's id nor an address fits into a key. */
function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
