import { z } from 'zod';
import { isTimeZone, templateProblem } from '../../domain/date-template';
import { type AudienceSource, type SourceCompression, type SourceFormat } from '../activation';
import { bucketNameSchema, endpointSchema, nonBlankSchema, regionSchema } from './fields';
import { BOTH_KEYS_OR_NONE } from './json-schema';
import { strictObject } from './parse-input';
import { secretReferenceSchema } from './secret-reference';

const characterSchema = z.string().regex(/^[^\r\n]$/u, 'must be one character');
/** A key or prefix inside a bucket; a date may stand in it. */
export const locationSchema = z
  .string()
  .min(1)
  .max(1024)
  .refine((key) => !/^[a-z0-9]+:\/\//i.test(key), 'must be a key inside the bucket, not an address')
  .superRefine((key, context) => {
    const problem = templateProblem(key);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ not: { pattern: '^[A-Za-z0-9]+://' } });

/** An IANA time zone. */
export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, 'must be a time zone such as Europe/Berlin or UTC');

/** How a CSV source is written. */
export const csvSchema = strictObject({
  delimiter: characterSchema.default(',').describe('One character between fields.'),
  quote: characterSchema.default('"').describe('One character around fields.'),
  escape: characterSchema.default('"').describe('One character before a quote inside quotes.'),
}).refine(({ delimiter, quote, escape }) => delimiter !== quote && delimiter !== escape, {
  error: 'the delimiter must differ from the quote and the escape character',
});

/** How the bytes of a source are packed. */
export const compressionSchema = z
  .enum(['none', 'gzip', 'zstd'])
  .optional()
  .describe('Inferred from the extension of the key where it is not given.');

/** The bucket of a source, where it is not the exchange bucket. */
export const sourceBucketFields = {
  bucket: bucketNameSchema.optional().describe('Another bucket than the exchange bucket of the integration.'),
  region: regionSchema.optional().describe('Its region.'),
  endpoint: endpointSchema.optional().describe('Its server, if it is S3-compatible.'),
  accessKeyId: secretReferenceSchema
    .optional()
    .describe('Reference to the access key id; together with secretAccessKey.'),
  secretAccessKey: secretReferenceSchema
    .optional()
    .describe('Reference to the secret access key; together with accessKeyId.'),
};

/** Where members come from; the format is inferred from the key's extension unless it is given. */
export const audienceSourceSchema = strictObject({
  key: locationSchema
    .optional()
    .describe('One object, by its whole key in the bucket. Exactly one of key, prefix and newestUnder.'),
  prefix: locationSchema
    .optional()
    .describe('All objects under a prefix. Exactly one of key, prefix and newestUnder.'),
  newestUnder: locationSchema
    .optional()
    .describe('The newest complete folder under a prefix. Exactly one of key, prefix and newestUnder.'),
  timeZone: timeZoneSchema.optional().describe('IANA zone whose calendar fills in {{date:yyyy-MM-dd}}.'),
  ...sourceBucketFields,
  format: z
    .enum(['csv', 'ndjson', 'parquet'])
    .optional()
    .describe('Inferred from the extension of the key where it is not given; csv if that says nothing.'),
  compression: compressionSchema,
  csv: csvSchema.prefault({}).describe('How a CSV source is written; never guessed.'),
  idColumn: z.string().min(1).default('external_id').describe('Column or field that holds the identifier.'),
  aliasLabelColumn: z
    .string()
    .min(1)
    .optional()
    .describe('user_alias: column of the alias label, where labels differ.'),
  identifier: z
    .enum(['external_id', 'user_alias', 'braze_id', 'email', 'phone'])
    .default('external_id')
    .describe('Kind of the identifiers.'),
  aliasLabel: nonBlankSchema.optional().describe('user_alias: label of every alias, where it is the same.'),
  manifestKey: locationSchema
    .optional()
    .describe(
      'An object in the same bucket that lists the files of key or prefix, with sizes and rows where given.',
    ),
  expectedRows: z.int().min(0).optional().describe('Number of data rows that the source must have.'),
  quietSeconds: z
    .int()
    .min(0)
    .max(3600)
    .default(60)
    .describe(
      'Seconds; a prefix without _SUCCESS counts as complete once nothing under it changed for this long.',
    ),
})
  .superRefine((source, context) => {
    for (const { path, message } of contradictions(source))
      context.addIssue({ code: 'custom', path, message });
  })
  .transform((source): AudienceSource => {
    const inferred = inferFormat(source.key ?? '');
    return {
      ...source,
      format: source.format ?? inferred.format,
      compression: source.compression ?? inferred.compression,
    };
  })
  .meta({
    allOf: [
      { oneOf: [{ required: ['key'] }, { required: ['prefix'] }, { required: ['newestUnder'] }] },
      {
        if: { properties: { identifier: { const: 'user_alias' } }, required: ['identifier'] },
        then: { oneOf: [{ required: ['aliasLabel'] }, { required: ['aliasLabelColumn'] }] },
        else: { not: { anyOf: [{ required: ['aliasLabel'] }, { required: ['aliasLabelColumn'] }] } },
      },
      BOTH_KEYS_OR_NONE,
    ],
  });

type SourceFields = Pick<
  AudienceSource,
  | 'key'
  | 'prefix'
  | 'newestUnder'
  | 'manifestKey'
  | 'identifier'
  | 'aliasLabel'
  | 'aliasLabelColumn'
  | 'accessKeyId'
  | 'secretAccessKey'
>;

function contradictions(source: SourceFields): { path: string[]; message: string }[] {
  const found: { path: string[]; message: string }[] = [];
  const places = [source.key, source.prefix, source.newestUnder].filter((place) => place !== undefined);
  if (places.length !== 1) {
    found.push({ path: ['key'], message: 'exactly one of key, prefix and newestUnder must be given' });
  }
  if (source.newestUnder !== undefined && source.manifestKey !== undefined) {
    found.push({ path: ['manifestKey'], message: 'belongs to one key or prefix, not to newestUnder' });
  }
  const labels = [source.aliasLabel, source.aliasLabelColumn].filter((label) => label !== undefined).length;
  if (source.identifier === 'user_alias' && labels !== 1) {
    found.push({
      path: ['aliasLabel'],
      message: 'user_alias needs exactly one of aliasLabel and aliasLabelColumn',
    });
  }
  if (source.identifier !== 'user_alias' && labels > 0) {
    found.push({
      path: ['aliasLabel'],
      message: 'an alias label has no meaning unless identifier is user_alias',
    });
  }
  if ((source.accessKeyId === undefined) !== (source.secretAccessKey === undefined)) {
    found.push({ path: ['secretAccessKey'], message: 'accessKeyId and secretAccessKey belong together' });
  }
  return found;
}

/** What a key's extension says, e.g. `.ndjson.gz`; plain CSV if it says nothing. */
export function inferFormat(key: string): { format: SourceFormat; compression: SourceCompression } {
  const name = key.toLowerCase();
  const compression = name.endsWith('.gz') ? 'gzip' : name.endsWith('.zst') ? 'zstd' : 'none';
  const bare = name.replace(/\.(gz|zst)$/, '');
  if (/\.(ndjson|jsonl)$/.test(bare)) return { format: 'ndjson', compression };
  return { format: bare.endsWith('.parquet') ? 'parquet' : 'csv', compression };
}
