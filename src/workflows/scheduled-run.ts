import { workflowInfo } from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { type Activation } from '../contract/activation';
import { type RunStatus } from '../contract/run';
import { isTemplate } from '../domain/date-template';
import { looksSecret } from '../domain/secret-looks';
import { dates } from './activity-proxies';

const SCHEDULED_START = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/**
 * The moment that a Temporal Schedule meant this run for: jitter does not move it, and a backfill sets it back. Temporal gives
 * it to every run that a Schedule starts (https://docs.temporal.io/schedule, read 2026-11-22; tried on server 1.32.0).
 */
export function scheduledFor(): string | undefined {
  return workflowInfo().typedSearchAttributes.get(SCHEDULED_START)?.toISOString();
}

/** Fills the day that the run is for into the source's place: the scheduled one, however late it starts; else today. */
export async function datedActivation(activation: Activation): Promise<Activation> {
  const { source } = activation;
  const places = [source.key, source.prefix, source.newestUnder, source.manifestKey];
  if (!places.some((place) => place !== undefined && isTemplate(place))) return activation;
  const at = scheduledFor() ?? workflowInfo().startTime.toISOString();
  return { ...activation, source: await dates.datedSource({ source, at }) };
}

/**
 * What of an input that was refused may stand in a mail, and once more in the history: names, and nothing that is too long to be
 * one or looks like a secret. None at all where the input held a secret, since whoever pastes one may have pasted it in part.
 */
export function namesIn(
  input: unknown,
  code: string,
): Pick<RunStatus, 'integration' | 'audience' | 'attribute'> {
  const name = (field: string) => {
    const value: unknown =
      typeof input === 'object' && input !== null ? Reflect.get(input, field) : undefined;
    const isName = typeof value === 'string' && value.length <= 255 && !looksSecret(value);
    return isName && code !== 'SECRET_LITERAL' ? value : '';
  };
  return { integration: name('integration'), audience: name('audience'), attribute: name('attribute') };
}
