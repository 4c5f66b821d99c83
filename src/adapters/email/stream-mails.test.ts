import { createMailTemplates } from './templates';

const templates = createMailTemplates();
const failure = {
  kind: 'streamFailure',
  integration: 'shop',
  name: 'third-purchase',
  workflowId: 'activate/third-purchase',
  stage: 'test',
} as const;

test('an activation that came to nothing: what, why, and who acts', () => {
  const message = 'External API "tier" version 2 has no passed test';
  const { subject, text, html } = templates({
    ...failure,
    what: 'activation',
    error: { code: 'EXTERNAL_API_UNTESTED', message, actor: 'settingsOwner' },
  });
  expect(subject).toBe("Brazier: engagement 'third-purchase' was not activated - EXTERNAL_API_UNTESTED");
  for (const part of [
    message,
    'The owner of the settings has to act.',
    'Ended at: test',
    'activate/third-purchase',
  ])
    expect(text).toContain(part);
  expect(html).toContain('The owner of the settings has to act.');
});

test('what an error says of a test person is not mailed', () => {
  const { subject, text, html } = templates({
    ...failure,
    what: 'test',
    error: {
      code: 'EXTERNAL_API_TEST_FAILED',
      message: 'ann@example.com still has the tier silver',
      actor: 'settingsOwner',
    },
  });
  expect([subject, text, html].join()).not.toMatch(/ann@|silver/);
  expect(subject).toContain('did not pass its test - EXTERNAL_API_TEST_FAILED');
  expect(text).toContain('cannot be activated');
});

test('an input that was refused before its names were checked has none', () => {
  const { subject, text } = templates({
    ...{ ...failure, integration: '', name: '', what: 'activation', stage: undefined },
    error: { code: 'INPUT_INVALID', message: 'action: hush', actor: 'settingsOwner' },
  });
  expect(subject).toBe('Brazier: An engagement was not activated - INPUT_INVALID');
  expect(text).not.toMatch(/hush|Integration:|Ended at/);
});

test('shards that wait: how many, for what, since when, and who acts', () => {
  const { subject, text } = templates({
    kind: 'streamAlert',
    ...{ integration: 'shop', reason: 'key', since: '2026-11-22T04:00:00Z', shards: ['1/0', '1/3'] },
  });
  expect(subject).toBe("Brazier: the stream of 'shop' waits (key)");
  expect(text).toContain('2 shards do not go on: Braze does not take the REST key');
  expect(text).toContain('The owner of the credentials has to act');
  expect(text).toContain('Since: 2026-11-22T04:00:00Z');
  expect(text).toContain('brazier stream status shop');
});
