import { z } from 'zod';
import { isTimeZone, templateProblem } from '../../domain/date-template';
import { type AudienceSource, type SourceCompression, type SourceFormat } from '../activation';
import { bucketNameSchema, endpointSchema, nonBlankSchema, regionSchema } from './fields';
import { strictObject } from './parse-input';
import { secretReferenceSchema } from './secret-reference';

const characterSchema = z.string().regex(/^[^\r\n]$/u, 'must be one character');
const locationSchema = z
  .string()
  .min(1)
  .max(1024)
  .refine((key) => !/^[a-z0-9]+:\/\//i.test(key), 'must be a key inside the bucket, not an address')
  .superRefine((key, context) => {
    const problem = templateProblem(key);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/** An IANA time zone. */
export const timeZoneSchema = z
  .string()
  .refine(isTimeZone, 'must be a time zone such as Europe/Berlin or UTC');

const csvSchema = strictObject({
  delimiter: characterSchema.default(','),
  quote: characterSchema.default('"'),
  escape: characterSchema.default('"'),
}).refine(({ delimiter, quote, escape }) => delimiter !== quote && delimiter !== escape, {
  error: 'the delimiter must differ from the quote and the escape character',
});

/** Where members come from; the format is inferred from the key's extension unless it is given. */
export const audienceSourceSchema = strictObject({
  key: locationSchema.optional(),
  prefix: locationSchema.optional(),
  newestUnder: locationSchema.optional(),
  timeZone: timeZoneSchema.optional(),
  bucket: bucketNameSchema.optional(),
  region: regionSchema.optional(),
  endpoint: endpointSchema.optional(),
  accessKeyId: secretReferenceSchema.optional(),
  secretAccessKey: secretReferenceSchema.optional(),
  format: z.enum(['csv', 'ndjson', 'parquet']).optional(),
  compression: z.enum(['none', 'gzip', 'zstd']).optional(),
  csv: csvSchema.prefault({}),
  idColumn: z.string().min(1).default('external_id'),
  aliasLabelColumn: z.string().min(1).optional(),
  identifier: z.enum(['external_id', 'user_alias', 'braze_id', 'email', 'phone']).default('external_id'),
  aliasLabel: nonBlankSchema.optional(),
  manifestKey: locationSchema.optional(),
  expectedRows: z.int().min(0).optional(),
  quietSeconds: z.int().min(0).max(3600).default(60),
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
