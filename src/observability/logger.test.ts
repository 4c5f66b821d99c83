import { ApplicationFailure } from '@temporalio/common';
import { createLogger } from './logger';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger('info', 'test', { write: (line: string) => void lines.push(line) }));
  return lines.join('');
}

test('fields that hold secrets are never written', () => {
  const line = logged((logger) =>
    logger.info(
      {
        authorization: 'hush-1',
        apiKey: 'hush-2',
        braze: { restKey: 'hush-3' },
        settings: { key: 'hush-4' },
      },
      'settings',
    ),
  );
  expect(line).toContain('[Redacted]');
  expect(line).not.toContain('hush');
});

test.each(['error', 'err'])(
  'as %s, a failure is told by its words and type, and keeps its details',
  (name) => {
    const failure = ApplicationFailure.nonRetryable('refused', 'S3_ACCESS_DENIED', { input: 'hush' });
    const line = logged((logger) => logger.warn({ [name]: failure }, 'Activity failed'));
    expect(JSON.parse(line)).toMatchObject({ [name]: { message: 'refused', type: 'S3_ACCESS_DENIED' } });
    expect(line).not.toContain('hush');
  },
);
