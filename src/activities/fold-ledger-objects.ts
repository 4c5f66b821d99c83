import { z } from 'zod';
import { fault, success, type Outcome } from '../contract/errors';

const objectReference = z.object({ key: z.string(), bytes: z.number(), sha256: z.string() });
const operation = z.enum(['add', 'remove']);
const count = z.number().int().nonnegative();

const sliceList = z.array(z.object({ operation, index: count, members: count, object: objectReference }));

const planReference = z.object({
  hash: z.string(),
  counts: z.object({
    ledger: count,
    source: count,
    add: count,
    remove: count,
    stay: count,
    notOurs: count,
    leaversKept: count,
    unsureRetried: count,
  }),
  add: objectReference.optional(),
  remove: objectReference.optional(),
  membersPerSlice: z.number().int().positive(),
  slices: objectReference,
  sliceCount: z.object({ add: count, remove: count }),
});

const startedMarker = z.object({ operation, index: count, members: count, plan: planReference });

const receiptBody = z.object({
  operation,
  index: count,
  members: count,
  rejected: z.array(z.tuple([count, z.string()])),
  unknown: z.array(count),
  unsent: z.array(z.tuple([count, count])),
});

const outcomeCounts = z.object({ accepted: count, rejected: count, unknown: count, unsent: count });

const ledgerManifest = z.object({
  generation: count,
  /** Key of the ledger that this one was made from. */
  previous: z.string().nullable(),
  members: count,
  unsure: count,
  /** What each generation that was folded in brought. */
  outcomes: z.array(z.object({ generation: count, add: outcomeCounts, remove: outcomeCounts })),
  /** Names of all corrections objects that this ledger, or one before it, has taken in. */
  foldedCorrections: z.array(z.string()),
  sha256: z.string(),
});

const generationMark = z.object({
  generation: count,
  /** Of the `activateAudience` run that began it. */
  workflowId: z.string(),
  /** A dry run's ledger is a forecast: it did not wait until broken runs had fallen silent. */
  dryRun: z.boolean(),
  /** ISO 8601. */
  startedAt: z.string(),
});

/** What a generation leaves in the state bucket when it begins. */
export type GenerationMark = z.infer<typeof generationMark>;

/** What a ledger is made of. */
export type LedgerManifest = z.infer<typeof ledgerManifest>;

/** Parsers of the JSON objects that the state bucket holds; anything else there is corrupt. */
export const parseStateObject = {
  sliceList: parser(sliceList),
  startedMarker: parser(startedMarker),
  receiptBody: parser(receiptBody),
  ledgerManifest: parser(ledgerManifest),
  generationMark: parser(generationMark),
};

function parser<T>(schema: z.ZodType<T>): (key: string, body: Buffer) => Outcome<T> {
  return (key, body) => {
    const parsed = schema.safeParse(jsonOf(body));
    return parsed.success
      ? success(parsed.data)
      : fault('STATE_CORRUPT', `${key} is not what its name says.`);
  };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
