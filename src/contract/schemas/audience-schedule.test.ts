import { TERMS_VERSION } from '../names';
import { lateAfterSecondsOf } from '../schedule';
import { parseSchedule } from './audience-schedule';

const activation = {
  integration: 'acme',
  audience: 'Gold',
  source: { key: 'exports/{{date:yyyy-MM-dd}}.csv' },
  terms: { acceptedBy: 'Kim Lee', version: TERMS_VERSION },
};
const input = { schedule: { cron: '0 5 * * *', timeZone: 'Europe/Berlin' }, activation };

function fieldsOf(given: unknown): string {
  const parsed = parseSchedule(given);
  if (parsed.ok) throw new Error('was accepted');
  return `${parsed.fault.code} ${parsed.fault.message}`;
}

test('fills in the defaults of refreshes that nobody watches', () => {
  expect(parseSchedule(input)).toMatchObject({
    ok: true,
    value: {
      settings: {
        ...{ cron: ['0 5 * * *'], timeZone: 'Europe/Berlin', jitterSeconds: 0, overlap: 'bufferOne' },
        ...{
          catchupWindowSeconds: 3600,
          pauseOnFailure: false,
          lateAfterSeconds: 3600,
          paused: false,
          note: '',
        },
      },
      activation: {
        ...{
          audienceKey: expect.stringMatching(/^[0-9a-f]{32}$/),
          skipUnchanged: true,
          completionMail: true,
        },
        ...{ confirmation: { kind: 'none' }, source: { timeZone: 'Europe/Berlin' } },
      },
      // What Temporal is given is what was written, so that other defaults of a later release hold.
      input: {
        ...activation,
        ...{ skipUnchanged: true, confirmation: { kind: 'none' } },
        source: { ...activation.source, timeZone: 'Europe/Berlin' },
      },
    },
  });
});

test('what is given stands', () => {
  const given = {
    schedule: { everySeconds: 600 },
    activation: {
      ...activation,
      ...{ skipUnchanged: false, confirmation: { kind: 'person' } },
      source: { newestUnder: 'exports/', timeZone: 'Asia/Tokyo' },
    },
  };
  expect(parseSchedule(given)).toMatchObject({
    ok: true,
    value: {
      settings: { cron: [], everySeconds: 600, timeZone: 'UTC' },
      activation: {
        skipUnchanged: false,
        confirmation: { kind: 'person' },
        source: { timeZone: 'Asia/Tokyo' },
      },
    },
  });
});

test.each([
  ['schedule', { activation }, 'schedule: is missing'],
  ['a time', { ...input, schedule: {} }, 'schedule.cron: cron or everySeconds must say when'],
  ['a cron', { ...input, schedule: { cron: 'daily' } }, 'schedule.cron'],
  ['a zone in cron', { ...input, schedule: { cron: 'CRON_TZ=UTC 0 5 * * *' } }, 'schedule.cron'],
  ['a zone', { ...input, schedule: { cron: '0 5 * * *', timeZone: 'Mars' } }, 'schedule.timeZone'],
  ['an unknown field', { ...input, schedule: { ...input.schedule, jitter: 5 } }, 'unknown field "jitter"'],
  ['a short window', { ...input, schedule: { ...input.schedule, catchupWindowSeconds: 9 } }, 'at least 10'],
  [
    'a hole',
    { ...input, activation: { ...activation, source: { key: '{{day}}.csv' } } },
    'activation.source.key',
  ],
  [
    'two places',
    { ...input, activation: { ...activation, source: { key: 'a', newestUnder: 'b' } } },
    'exactly one',
  ],
  ['no activation', { schedule: input.schedule, activation: 'Gold' }, 'activation'],
  ['no object', 'Gold', 'one JSON object'],
])('%s is refused by name', (_, given, named) => {
  expect(fieldsOf(given)).toContain(named);
});

test('lateness is read from the action, then from the schedule, then by default', () => {
  expect(
    lateAfterSecondsOf({ action: { memo: { lateAfterSeconds: 5 } }, memo: { lateAfterSeconds: 6 } }),
  ).toBe(5);
  expect(lateAfterSecondsOf({ action: {}, memo: { lateAfterSeconds: 6 } })).toBe(6);
  expect(lateAfterSecondsOf({ action: { memo: { lateAfterSeconds: 'soon' } } })).toBe(3600);
});
