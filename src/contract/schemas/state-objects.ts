import { z } from 'zod';
import { type ReceiptBody, type SliceReference, type StartedMarker } from '../objects';

const objectReference = z.object({ key: z.string(), bytes: z.number(), sha256: z.string() });
const operation = z.enum(['add', 'remove']);
const count = z.number().int().nonnegative();
const someCount = z.number().int().positive();

/** `slices.json` of a plan. */
export const sliceListSchema: z.ZodType<SliceReference[]> = z.array(
  z.object({ operation, index: count, members: someCount, object: objectReference }),
);

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

/** Written before the first request of a slice's attempt. */
export const startedMarkerSchema: z.ZodType<StartedMarker> = z.object({
  operation,
  index: count,
  members: someCount,
  plan: planReference,
});

/** A receipt object. */
export const receiptSchema: z.ZodType<ReceiptBody> = z.object({
  operation,
  index: count,
  members: someCount,
  rejected: z.array(z.tuple([count, z.string()])),
  unknown: z.array(count),
  unsent: z.array(z.tuple([count, count])),
});

const outcomeCounts = z.object({ accepted: count, rejected: count, unknown: count, unsent: count });

/** A ledger's manifest. */
export const ledgerManifestSchema = z.object({
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

/** The mark that a generation has begun. */
export const generationMarkSchema = z.object({
  generation: count,
  /** Of the `activateAudience` run that began it. */
  workflowId: z.string(),
  /** A dry run's ledger is a forecast: it did not wait until broken runs had fallen silent. */
  dryRun: z.boolean(),
  /** ISO 8601. */
  startedAt: z.string(),
});

/** A line of a sample object. */
export const sampleMemberSchema = z.object({ id: z.string(), operation });

/** What a generation leaves in the state bucket when it begins. */
export type GenerationMark = z.infer<typeof generationMarkSchema>;

/** What a ledger is made of. */
export type LedgerManifest = z.infer<typeof ledgerManifestSchema>;
