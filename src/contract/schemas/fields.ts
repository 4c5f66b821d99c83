import { z } from 'zod';
import { readEndpoint } from '../../domain/endpoint';
import { withCode } from './parse-input';

const DAY_SECONDS = 86_400;

/** A name that appears in workflow ids and object keys. */
export const integrationNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'must be lower-case letters, digits and hyphens, at most 63, not beginning with a hyphen',
  );

/** A text that has to say something, trimmed. */
export const nonBlankSchema = z.string().trim().min(1).meta({ pattern: '\\S' });

/** A wait that a person may take; bounded, since every await has an end. */
export const waitSecondsSchema = z
  .int()
  .min(1)
  .max(90 * DAY_SECONDS);

/** One e-mail address. */
export const emailSchema = z
  .string()
  .trim()
  .pipe(z.email('must be an e-mail address'))
  .meta({ pattern: '^\\s*[^\\s@]+@[^\\s@]+\\.[^\\s@]+\\s*$' });

/** A bucket's name in S3's own spelling. */
export const bucketNameSchema = z
  .string()
  .trim()
  .regex(
    /^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/,
    'must be a bucket name: 3 to 63 lower-case letters, digits, dots and hyphens',
  );

/** A region's name, also those of S3-compatible services. */
export const regionSchema = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9-]+$/, 'must be a region such as eu-central-1');

/** An http(s) address up to its host, without a trailing slash. */
export const endpointSchema = z
  .string()
  .refine((text) => !/^[a-z]+:\/\/[^/]*@/i.test(text.trim()), {
    ...withCode('SECRET_LITERAL'),
    error: 'must not carry a user name or password',
    abort: true,
  })
  .transform((text, context) => {
    const read = readEndpoint(text);
    if (read.ok) return read.origin;
    context.addIssue(read.message.replace(/\.$/, ''));
    return z.NEVER;
  })
  .meta({ pattern: '^\\s*[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\s]+/*\\s*$' });

/** Profile fields that Braze keeps itself, so that no audience can live in them. https://www.braze.com/docs/api/objects_filters/user_attributes_object/ (read 2026-11-21) */
const BRAZE_PROFILE_FIELDS: ReadonlySet<string> = new Set([
  'alias_label',
  'alias_name',
  'braze_id',
  'country',
  'current_location',
  'date_of_first_session',
  'date_of_last_session',
  'dob',
  'email',
  'email_click_tracking_disabled',
  'email_open_tracking_disabled',
  'email_subscribe',
  'external_id',
  'facebook',
  'first_name',
  'gender',
  'home_city',
  'image_url',
  'language',
  'last_name',
  'marked_email_as_spam_at',
  'phone',
  'push_subscribe',
  'push_token_import',
  'push_tokens',
  'subscription_groups',
  'time_zone',
  'twitter',
  'user_alias',
]);

/** The name of a custom attribute, never one of Braze's own profile fields. */
export const attributeNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .refine((name) => !/^[$_]|[\p{Cc}]/u.test(name), 'must not begin with $ or _ or hold control characters')
  .refine((name) => !BRAZE_PROFILE_FIELDS.has(name), 'is a profile field of Braze, not a custom attribute')
  .meta({
    pattern: '^\\s*[^\\s$_\\u0000-\\u001f\\u007f-\\u009f][^\\u0000-\\u001f\\u007f-\\u009f]*$',
    not: { enum: [...BRAZE_PROFILE_FIELDS] },
  });
