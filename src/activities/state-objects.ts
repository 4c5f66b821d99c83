import { type z } from 'zod';
import { type ReceiptBody, type SliceReference } from '../contract/objects';
import {
  markedPlanSchema,
  receiptSchema,
  sampleMemberSchema,
  sliceListSchema,
} from '../contract/schemas/state-objects';
import { type SampleMember } from '../domain/sample-proof';
import { throwFault } from './failure';

/** Reads a plan's list of slices; what is not one ends the activity with STATE_CORRUPT. */
export function parseSliceList(bytes: Buffer): SliceReference[] {
  return parse(bytes.toString('utf8'), sliceListSchema, 'a list of slices');
}

/** Reads a receipt. */
export function parseReceipt(bytes: Buffer): ReceiptBody {
  return parse(bytes.toString('utf8'), receiptSchema, 'a receipt');
}

/** Reads which plan a started marker belongs to: the key of its list of slices. */
export function parseMarkedPlan(bytes: Buffer): string {
  return parse(bytes.toString('utf8'), markedPlanSchema, 'a started marker').plan.slices.key;
}

/** Reads a line of a sample. */
export function parseSampleLine(line: string): SampleMember {
  return parse(line, sampleMemberSchema, 'a sample');
}

function parse<T>(text: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    return throwFault(
      { code: 'STATE_CORRUPT', message: `the state bucket holds something that is not ${what}` },
      error,
    );
  }
}
