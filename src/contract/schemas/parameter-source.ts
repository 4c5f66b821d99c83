import { z } from 'zod';
import { parseProfileField } from '../../domain/stream/profile-fields';
import { type ParameterSource } from '../engagement';
import { type JsonValue } from '../external-api';
import { jsonValueSchema } from './external-api';
import { strictObject } from './parse-input';

const KINDS = ['userField', 'eventField', 'constant', 'entryTime'] as const;

const formatSchema = strictObject({
  trim: z.boolean().exactOptional().describe('Without spaces around it.'),
  case: z.enum(['lower', 'upper']).exactOptional().describe('In lower or upper case.'),
  date: z
    .string()
    .min(1)
    .max(100)
    .exactOptional()
    .describe('Of a time: unixSeconds, iso8601, or a pattern such as yyyy-MM-dd.'),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be a time zone such as Europe/Berlin')
    .exactOptional()
    .describe('Time zone of the pattern; UTC where it is left out.'),
  decimals: z.int().min(0).max(15).exactOptional().describe('Of a number: digits after the point.'),
  hash: z.enum(['sha256', 'md5']).exactOptional().describe('The text’s hash in hex instead of the text.'),
}).describe('How the value is written, in this order.');

const userFieldSchema = z
  .string()
  .refine(
    (field) => parseProfileField(field) !== undefined,
    'must be externalId, email, phone, anonymousId, firstSeenAt, traits.<name>, events.<name>.last.<property>, or events.<name>.count, .firstAt or .lastAt',
  );

const eventFieldSchema = z
  .string()
  .regex(/^(name|time|properties\.[^\0]+)$/, 'must be name, time, or properties.<name>');

/** Where a parameter's value comes from: exactly one of four kinds. */
export const parameterSourceSchema = strictObject({
  userField: userFieldSchema
    .exactOptional()
    .describe('A field of the person, as a segment’s condition names it, e.g. email or traits.plan.'),
  eventField: eventFieldSchema
    .exactOptional()
    .describe('Of the event that made the person enter: name, time or properties.<name>.'),
  constant: jsonValueSchema.exactOptional().describe('The same value for everybody.'),
  entryTime: z.literal(true).exactOptional().describe('The moment of entry.'),
  format: formatSchema.exactOptional(),
  default: jsonValueSchema.exactOptional().describe('Used where the field is missing.'),
})
  .superRefine((source, context) => {
    const given = KINDS.filter((kind) => Object.hasOwn(source, kind));
    if (given.length !== 1)
      context.addIssue('needs exactly one of userField, eventField, constant and entryTime');
    if (given[0] === 'constant' && (source.format !== undefined || source.default !== undefined))
      context.addIssue('a constant takes no format and no default: write it as it is to be sent');
    if (given[0] === 'entryTime' && source.default !== undefined)
      context.addIssue('the moment of entry is always known, so it takes no default');
  })
  .transform((source) => sourceOf(source))
  .meta({
    oneOf: [
      { required: ['userField'] },
      { required: ['eventField'] },
      { required: ['constant'], not: { anyOf: [{ required: ['format'] }, { required: ['default'] }] } },
      { required: ['entryTime'], not: { required: ['default'] } },
    ],
  });

interface AnySource {
  userField?: string;
  eventField?: string;
  constant?: JsonValue;
  entryTime?: true;
  format?: z.infer<typeof formatSchema>;
  default?: JsonValue;
}

/** The refinement has seen to it that one kind is there. */
function sourceOf({
  userField,
  eventField,
  constant,
  format,
  default: fallback,
}: AnySource): ParameterSource {
  const how = {
    ...(format === undefined ? {} : { format }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
  if (userField !== undefined) return { userField, ...how };
  if (eventField !== undefined) return { eventField, ...how };
  if (constant !== undefined) return { constant };
  return { entryTime: true, ...(format === undefined ? {} : { format }) };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
