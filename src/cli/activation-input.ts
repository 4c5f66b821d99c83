import { type ActivateAudienceInput } from '../contract/activation';
import { type Outcome } from '../contract/errors';
import { TERMS_VERSION } from '../contract/names';
import { parseActivation } from '../contract/schemas/activate-audience';
import { type AudienceScheduleInput } from '../contract/schedule';
import { parseSchedule } from '../contract/schemas/audience-schedule';
import { oversizeFault } from '../contract/schemas/input-size';
import { parseSetup } from '../contract/schemas/setup-integration';
import { type SetupIntegrationInput } from '../contract/integration';
import { FaultError } from './cli-error';

/** Flags that override fields of the input file. */
export interface ActivationFlags {
  integration?: string;
  audience?: string;
  key?: string;
  prefix?: string;
  newestUnder?: string;
  skipUnchanged?: true;
  bucket?: string;
  idColumn?: string;
  identifier?: string;
  listAction?: string;
  attribute?: string;
  createProfiles?: true;
  dryRun?: true;
  acceptTermsBy?: string;
  termsVersion?: string;
  confirmation?: string;
}

/** Lays the flags over the file's content; what comes out is checked afterwards, as a whole. */
export function mergeActivation(file: unknown, flags: ActivationFlags): unknown {
  if (!isObject(file)) return file;
  const { acceptTermsBy, termsVersion } = flags;
  return {
    ...file,
    ...given({
      integration: flags.integration,
      audience: flags.audience,
      listAction: flags.listAction,
      attribute: flags.attribute,
      createProfiles: flags.createProfiles,
      dryRun: flags.dryRun,
      skipUnchanged: flags.skipUnchanged,
    }),
    ...part('source', file['source'], sourceFields(file['source'], flags)),
    ...part(
      'terms',
      file['terms'],
      given({
        acceptedBy: acceptTermsBy,
        version: termsVersion ?? (acceptTermsBy === undefined ? undefined : TERMS_VERSION),
      }),
    ),
    ...confirmationField(file['confirmation'], flags.confirmation),
  };
}

function sourceFields(
  source: unknown,
  { key, prefix, newestUnder, bucket, idColumn, identifier }: ActivationFlags,
): object {
  // Exactly one of the two may stand: the flag takes the place of whatever the file names.
  const instead =
    isObject(source) && [key, prefix, newestUnder].some((place) => place !== undefined)
      ? { key: undefined, prefix: undefined, newestUnder: undefined }
      : {};
  return { ...instead, ...given({ key, prefix, newestUnder, bucket, idColumn, identifier }) };
}

/** A policy of the same kind keeps its details; another kind starts from that kind's defaults. */
function confirmationField(confirmation: unknown, kind: string | undefined): object {
  if (kind === undefined) return {};
  return { confirmation: isObject(confirmation) && confirmation['kind'] === kind ? confirmation : { kind } };
}

function part(name: string, before: unknown, fields: object): object {
  if (Object.keys(fields).length === 0) return {};
  if (before !== undefined && !isObject(before)) return {};
  const merged = Object.entries({ ...before, ...fields }).filter(([, value]) => value !== undefined);
  return { [name]: Object.fromEntries(merged) };
}

/** The fields that were given. */
export function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Whether a value is an object of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks an activation before anything leaves this machine: a pasted secret must not reach Temporal. */
export function checkedActivation(raw: unknown): ActivateAudienceInput {
  refuseBadInput(parseActivation(raw), raw);
  // The schema has just accepted exactly this value; the workflow fills in the defaults itself.
  return raw as ActivateAudienceInput;
}

/** The same for a schedule. */
export function checkedSchedule(raw: unknown): AudienceScheduleInput {
  refuseBadInput(parseSchedule(raw), raw);
  // As above.
  return raw as AudienceScheduleInput;
}

/** The same for an integration's settings. */
export function checkedSetup(raw: unknown): SetupIntegrationInput {
  refuseBadInput(parseSetup(raw), raw);
  // As above.
  return raw as SetupIntegrationInput;
}

/** Throws what is wrong with an input, be it its size; a pasted secret is told to have gone nowhere. */
export function refuseBadInput(parsed: Outcome<unknown>, input: unknown): void {
  const oversize = oversizeFault(input);
  if (oversize) throw new FaultError(oversize);
  if (parsed.ok) return;
  if (parsed.fault.code !== 'SECRET_LITERAL') throw new FaultError(parsed.fault);
  const message = `${parsed.fault.message} Nothing was sent to Temporal.`;
  throw new FaultError({ ...parsed.fault, message }, 'Put a reference (env:NAME, file:/path) in its place.');
}
