import { fillTemplate, isTemplate, isTimeZone, templateProblem } from './date-template';

const at = (iso: string, timeZone = 'UTC') => ({ atMs: Date.parse(iso), timeZone });

test.each([
  ['exports/{{date:yyyy-MM-dd}}/members.csv', 'exports/2026-11-22/members.csv'],
  ['exports/{{date-1d:yyyyMMdd}}.csv', 'exports/20261121.csv'],
  ['exports/{{date+9d:yyyy/MM/dd}}/', 'exports/2026/12/01/'],
  ['{{date:yyyy}}/{{date:MM}}/{{date:dd_HH.mm}}.csv', '2026/11/22_05.07.csv'],
  ['{{date:yyyy-MM-ddTHH}}', '2026-11-22T05'],
  ['plain/members.csv', 'plain/members.csv'],
])('%s is filled', (template, filled) => {
  expect(templateProblem(template)).toBeUndefined();
  expect(fillTemplate(template, at('2026-11-22T05:07:09Z'))).toBe(filled);
});

test.each([
  ['2026-11-22T23:30:00Z', 'Europe/Berlin', '2026-11-23 00'],
  ['2026-11-22T03:30:00Z', 'America/New_York', '2026-11-21 22'],
  ['2026-03-29T01:30:00Z', 'Europe/Berlin', '2026-03-29 03'],
  ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25 02'],
])('%s in %s is a day and an hour of that zone', (iso, zone, expected) => {
  const [day, hour] = expected.split(' ');
  expect(fillTemplate('{{date:yyyy-MM-dd}}', at(iso, zone))).toBe(day);
  expect(fillTemplate('{{date:HH}}', at(iso, zone))).toBe(hour);
});

test('a day back is a calendar day, also where the clock was changed', () => {
  // Half past midnight after a day of 25 hours: 24 hours earlier is still that day.
  expect(fillTemplate('{{date-1d:yyyy-MM-dd}}', at('2026-10-25T23:30:00Z', 'Europe/Berlin'))).toBe(
    '2026-10-25',
  );
  expect(fillTemplate('{{date-1d:yyyy-MM-dd}}', at('2024-03-01T12:00:00Z'))).toBe('2024-02-29');
});

test('days added are days added, whatever the day', () => {
  for (let day = 0; day < 800; day += 1) {
    const atMs = Date.UTC(2023, 11, 1, 12) + day * 86_400_000;
    const back = fillTemplate('{{date-30d:yyyy-MM-dd}}', { atMs, timeZone: 'UTC' });
    expect(Date.parse(`${back}T12:00:00Z`)).toBe(atMs - 30 * 86_400_000);
  }
});

test.each([
  '{{today}}',
  '{{date}}',
  '{{date:}}',
  '{{date:YYYY-MM-DD}}',
  '{{date:-}}',
  '{{date-1h:yyyy}}',
  '{{ date:yyyy }}',
  '{{date:yyyy',
  'date:yyyy}}',
  '{{{date:yyyy}}}',
  '{{date:yyyy}} {{name}}',
])('%s is refused', (template) => {
  expect(isTemplate(template)).toBe(true);
  expect(templateProblem(template)).toContain('no date');
});

test('a hole that is no date is left as it stands', () => {
  expect(fillTemplate('{{name}}', at('2026-11-22T05:07:09Z'))).toBe('{{name}}');
});

test('time zones are those of the machine', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Mars/Olympus')).toBe(false);
});
