import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { requireServer } from '../../src/dev/servers/locate';
import { TERMS_VERSION } from '../../src/contract/names';
import {
  awaitPhase,
  holdersOf,
  loadProfiles,
  putIds,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const run = promisify(execFile);

describe('driven by nothing but Temporal’s own command line and HTTP', () => {
  let test: TestStack;
  let temporal: (...args: string[]) => Promise<{ code: number; out: string }>;

  beforeAll(async () => {
    test = await startTestStack({ sandbox: { applyLagMs: 100 } });
    await loadProfiles(test, userIds(0, 300));
    const command = await requireServer('temporal');
    temporal = async (...args) => {
      const full = [...args, '--address', test.stack.temporal.address, '-o', 'json'];
      try {
        return { code: 0, out: (await run(command, full)).stdout };
      } catch (error) {
        const { stdout, stderr, code } = error as { stdout: string; stderr: string; code: number };
        return { code, out: `${stdout}\n${stderr}` };
      }
    };
  });
  afterAll(() => test.close());

  const execute = (type: string, id: string, input?: unknown) =>
    temporal(
      ...['workflow', 'execute', '--type', type, '--task-queue', 'brazier', '--workflow-id', id],
      ...(input === undefined ? [] : ['--input', JSON.stringify(input)]),
    );
  const setup = (name: string) => ({
    name,
    braze: { ...test.stack.integration.braze, applyLagSeconds: 1 },
    exchange: test.stack.integration.exchange,
  });
  const activate = (more: object = {}) => ({
    integration: 'outside',
    audience: 'Outsiders',
    source: { key: 'outside.csv' },
    terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
    ...more,
  });

  it('sets an integration up, and tells every failed step in one result', async () => {
    const bad = await execute('setupIntegration', 'setup-bad', {
      ...setup('outside'),
      exchange: { ...test.stack.integration.exchange, bucket: 'no-such-bucket' },
    });
    expect(bad.out).toContain('S3_BUCKET_NOT_FOUND');
    expect(await test.client.integration('outside')).toBeUndefined();
    const good = await execute('setupIntegration', 'setup-good', setup('outside'));
    expect(good.code).toBe(0);
    expect((await test.client.integration('outside'))?.settings.name).toBe('outside');
  });

  it.each([
    ['an empty box', undefined, 'one JSON object'],
    ['null', null, 'one JSON object'],
    [
      'a missing source',
      { integration: 'outside', audience: 'x', terms: { acceptedBy: 'A', version: TERMS_VERSION } },
      'source',
    ],
    [
      'a typed-in key',
      { ...activate(), source: { key: 'a.csv', secretAccessKey: 'AbC123secretAbC123' } },
      'source.secretAccessKey',
    ],
  ])('answers %s with a readable failure that names the field', async (_, input, named) => {
    const failed = await execute('activateAudience', `bad-${named}-${String(input === null)}`, input);
    expect(failed.code).not.toBe(0);
    expect(failed.out).toContain(named);
    expect(failed.out).not.toMatch(/"message":[^,]*AbC123secretAbC123/);
  });

  it('activates, is confirmed by a mail that another platform sent, and verifies', async () => {
    await putIds(test, 'outside.csv', userIds(0, 200));
    const started = await temporal(
      ...[
        'workflow',
        'start',
        '--type',
        'activateAudience',
        '--task-queue',
        'brazier',
        '--workflow-id',
        'any-id-at-all',
      ],
      ...[
        '--input',
        JSON.stringify(
          activate({ confirmation: { kind: 'mail', allowedSenders: ['no-reply@platform.example.com'] } }),
        ),
      ],
    );
    expect(started.code).toBe(0);
    await awaitPhase(test, 'any-id-at-all', ['awaitingConfirmation']);
    const hook = (headers: Record<string, string>, mail: object) =>
      fetch(`${test.stack.gatewayUrl}/hooks/mail`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(mail),
      });
    const token = { authorization: `Bearer ${test.stack.env['BRAZIER_DEV_HOOK_TOKEN'] ?? ''}` };
    const mail = {
      from: 'no-reply@platform.example.com',
      to: 'x@example.com',
      subject: 'Outsiders was delivered',
      text: 'Done.',
      messageId: '<1@example.com>',
    };
    expect((await hook({}, mail)).status).toBe(401);
    const outOfOffice = await hook(token, { ...mail, headers: { 'Auto-Submitted': 'auto-replied' } });
    expect(await outOfOffice.json()).toMatchObject({ matched: false });
    const stranger = await hook(token, { ...mail, from: 'someone@example.com' });
    expect(await stranger.json()).toMatchObject({ matched: false });
    const matched = await hook(token, mail);
    expect(await matched.json()).toMatchObject({ matched: true, workflowId: 'any-id-at-all' });

    const result = await test.client.result('any-id-at-all');
    expect(result).toMatchObject({ outcome: 'done', confirmation: { answer: 'right', via: 'mail' } });
    expect(result.verification).toMatchObject({ checked: 200, matching: 200 });
    expect(await holdersOf(test, 'lexer_audience', 'Outsiders')).toEqual(userIds(0, 200).sort());
  });

  it('moves nobody the second time, and says why', async () => {
    const again = await execute('activateAudience', 'second', activate({ confirmation: { kind: 'none' } }));
    expect(again.out).toContain('nothingToDo');
    expect(again.out).toContain('everybody in the source holds the value already');
  });

  it('takes an approval as an Update from outside, bound to the plan’s hash', async () => {
    await putIds(test, 'outside.csv', userIds(0, 50));
    await temporal(
      ...[
        'workflow',
        'start',
        '--type',
        'activateAudience',
        '--task-queue',
        'brazier',
        '--workflow-id',
        'approve-me',
      ],
      ...['--input', JSON.stringify(activate({ confirmation: { kind: 'none' } }))],
    );
    const { planHash } = await awaitPhase(test, 'approve-me', ['awaitingApproval']);
    const update = (hash: string) =>
      temporal(
        ...['workflow', 'update', 'execute', '--workflow-id', 'approve-me', '--name', 'approve'],
        ...['--input', JSON.stringify({ planHash: hash, by: 'Grace' })],
      );
    expect((await update('0'.repeat(64))).out).toContain('look at it before you decide');
    expect((await update(planHash ?? '')).code).toBe(0);
    expect((await test.client.result('approve-me')).outcome).toBe('done');
    expect(await holdersOf(test, 'lexer_audience', 'Outsiders')).toEqual(userIds(0, 50).sort());
  });

  it('keeps secrets out of every history', async () => {
    const secrets = [
      'BRAZIER_DEV_BRAZE_KEY',
      'BRAZIER_DEV_S3_SECRET_ACCESS_KEY',
      'BRAZIER_DEV_LINK_SECRET',
      'BRAZIER_DEV_HOOK_TOKEN',
    ];
    for await (const { workflowId, runId } of test.temporal.workflow.list()) {
      const history = JSON.stringify(
        await test.temporal.workflow.getHandle(workflowId, runId).fetchHistory(),
      );
      const decoded = Buffer.from(history).toString('utf8');
      for (const name of secrets) {
        const secret = test.stack.env[name] ?? '';
        expect(secret).not.toBe('');
        expect(decoded.includes(secret) || decoded.includes(Buffer.from(secret).toString('base64'))).toBe(
          false,
        );
      }
      expect(decoded).not.toMatch(/user-\d/);
    }
  });
});
