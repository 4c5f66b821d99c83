import { type z } from 'zod';
import { fault, success, type Outcome } from '../contract/errors';
import {
  generationMarkSchema,
  ledgerManifestSchema,
  receiptSchema,
  sampleMemberSchema,
  sliceListSchema,
  startedMarkerSchema,
} from '../contract/schemas/state-objects';

/** Parsers of the JSON that the state bucket holds, each given the object's key; anything else there is corrupt. */
export const parseStateObject = {
  sliceList: parser(sliceListSchema),
  startedMarker: parser(startedMarkerSchema),
  receiptBody: parser(receiptSchema),
  ledgerManifest: parser(ledgerManifestSchema),
  generationMark: parser(generationMarkSchema),
  sampleMember: parser(sampleMemberSchema),
};

function parser<T>(schema: z.ZodType<T>): (key: string, body: Buffer | string) => Outcome<T> {
  return (key, body) => {
    const parsed = schema.safeParse(jsonOf(body.toString()));
    return parsed.success
      ? success(parsed.data)
      : fault('STATE_CORRUPT', `${key} is not what its name says.`);
  };
}

/** Without the parser's own words, which repeat the text: there are members in it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
