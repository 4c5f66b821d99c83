import { z } from 'zod';
import { type CheckedProfileImport, type ImportSource } from '../profile-import';
import { type Outcome } from '../errors';
import {
  compressionSchema,
  csvSchema,
  inferFormat,
  locationSchema,
  sourceBucketFields,
} from './audience-source';
import { integrationNameSchema, nonBlankSchema } from './fields';
import { BOTH_KEYS_OR_NONE } from './json-schema';
import { parseInput, strictObject } from './parse-input';

const columnSchema = z.string().min(1).max(512);

const keySchema = locationSchema
  .refine((key) => !key.includes('{{'), 'must be the whole key: dates are not filled in here')
  .meta({ not: { pattern: '^[A-Za-z0-9]+://|\\{\\{' } });

const importSourceSchema = strictObject({
  key: keySchema.describe('One object, by its whole key in the bucket.'),
  ...sourceBucketFields,
  format: z
    .enum(['csv', 'ndjson'])
    .optional()
    .describe('Inferred from the extension of the key where it is not given; csv if that says nothing.'),
  compression: compressionSchema,
  csv: csvSchema.prefault({}).describe('How a CSV source is written; never guessed.'),
  expectedRows: z.int().min(0).optional().describe('Number of data rows that the source must have.'),
})
  .superRefine((source, context) => {
    if ((source.accessKeyId === undefined) !== (source.secretAccessKey === undefined))
      context.addIssue({
        code: 'custom',
        path: ['secretAccessKey'],
        message: 'accessKeyId and secretAccessKey belong together',
      });
    if (source.format === undefined && inferFormat(source.key).format === 'parquet')
      context.addIssue({
        code: 'custom',
        path: ['format'],
        message: 'profiles are imported from csv or ndjson, not from Parquet',
      });
  })
  .transform((source): ImportSource => {
    const { format, compression } = inferFormat(source.key);
    return {
      ...source,
      format: source.format ?? (format === 'ndjson' ? 'ndjson' : 'csv'),
      compression: source.compression ?? compression,
    };
  })
  .meta(BOTH_KEYS_OR_NONE);

const identifiersSchema = strictObject({
  externalId: columnSchema.optional().describe('Column or field of the external id.'),
  email: columnSchema.optional().describe('Column or field of the e-mail address.'),
  phone: columnSchema.optional().describe('Column or field of the phone number.'),
  anonymousId: columnSchema.optional().describe('Column or field of the anonymous id.'),
})
  .refine((columns) => Object.values(columns).some((column) => column !== undefined), 'must name a column')
  .meta({ minProperties: 1 });

/** Input of `importProfiles`; a field left out gets its default. */
export const importProfilesSchema = strictObject({
  integration: integrationNameSchema.describe('The integration whose people they are.'),
  source: importSourceSchema.describe('The object that is imported.'),
  identifiers: identifiersSchema.describe('Which columns say whom a row is about; at least one.'),
  traits: z
    .union([z.literal('allOther'), z.record(columnSchema, columnSchema)])
    .default('allOther')
    .describe(
      'allOther: every other column under its own name; or the traits by name, each with its column.',
    ),
  by: nonBlankSchema.max(255).describe('Name of whoever imports.'),
});

/** Checks an import and fills in every default. */
export function parseProfileImport(input: unknown): Outcome<CheckedProfileImport> {
  return parseInput<CheckedProfileImport>(importProfilesSchema, input, 'importProfiles');
}
