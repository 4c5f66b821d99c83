import { z } from 'zod';
import { type ReceiptBody, type SliceReference } from '../objects';

const objectReference = z.object({ key: z.string(), bytes: z.number(), sha256: z.string() });
const operation = z.enum(['add', 'remove']);
const line = z.number().int().nonnegative();

/** `slices.json` of a plan. */
export const sliceListSchema: z.ZodType<SliceReference[]> = z.array(
  z.object({ operation, index: line, members: z.number().int().positive(), object: objectReference }),
);

/** A receipt object. */
export const receiptSchema: z.ZodType<ReceiptBody> = z.object({
  operation,
  index: line,
  members: z.number().int().positive(),
  rejected: z.array(z.tuple([line, z.string()])),
  unknown: z.array(line),
  unsent: z.array(z.tuple([line, line])),
});

/** A line of a sample object. */
export const sampleMemberSchema = z.object({ id: z.string(), operation });

/** What a started marker says of its plan. */
export const markedPlanSchema = z.object({ plan: z.object({ slices: z.object({ key: z.string() }) }) });
