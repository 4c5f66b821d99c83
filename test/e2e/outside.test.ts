import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import { textsOf } from '../../scripts/histories/anonymous';
import { requireServer } from '../../src/dev/servers/locate';
import { TERMS_VERSION } from '../../src/contract/names';
import {
  ATTRIBUTE,
  awaitPhase,
  holdersOf,
  loadProfiles,
  putIds,
  startTestStack,
  type TestStack,
  userIds,
} from './test-stack';

const run = promisify(execFile);

const mailsSchema = z.array(
  z.looseObject({ text: z.string(), to: z.array(z.looseObject({ address: z.string() })) }),
);

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
    expect(await holdersOf(test, ATTRIBUTE, 'Outsiders')).toEqual(userIds(0, 200).sort());
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
    expect(await holdersOf(test, ATTRIBUTE, 'Outsiders')).toEqual(userIds(0, 50).sort());
  });

  const mails = async () =>
    mailsSchema.parse(await (await fetch(`${test.stack.mailbox.webUrl}/email`)).json());
  const linkTo = async (recipient: string): Promise<string> => {
    for (;;) {
      const mail = (await mails()).find(({ to }) => to.some(({ address }) => address === recipient));
      const link = /http\S+\/confirm\/[\w.-]+/.exec(mail?.text ?? '')?.[0];
      if (link !== undefined) return link;
      await sleep(100);
    }
  };
  const press = async (link: string, answer: string) => {
    const page = await fetch(link, { method: 'POST', body: new URLSearchParams({ answer }) });
    return { status: page.status, text: await page.text() };
  };

  it('takes the first press on a link; the second is told whose it was and when; an altered link does nothing', async () => {
    await putIds(test, 'outside.csv', userIds(0, 60));
    const [ann, bob] = ['ann@example.com', 'bob@example.com'];
    const confirmation = { kind: 'person', recipients: [ann, bob] } as const;
    const { workflowId } = await test.client.activate(activate({ confirmation }));
    const links = { ann: await linkTo(ann), bob: await linkTo(bob) };
    // The first letter of the signature; the last one's low bits need not count.
    const forged = links.ann.replace(
      /\.(.)([^.]*)$/,
      (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
    );
    expect(forged).not.toBe(links.ann);
    const refused = await press(forged, 'right');
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('LINK_INVALID');
    const opened = await fetch(links.ann);
    expect(await opened.text()).toContain('<form');
    expect(await test.client.status(workflowId)).toMatchObject({ phase: 'awaitingConfirmation' });

    expect((await press(links.ann, 'right')).text).toContain('Confirmed as right');
    const result = await test.client.result(workflowId);
    expect(result.confirmation).toMatchObject({ answer: 'right', by: ann, via: 'link' });
    for (const [link, answer] of [
      [links.bob, 'notRight'],
      [links.ann, 'right'],
    ] as const) {
      const second = await press(link, answer);
      expect(second.status).toBe(200);
      expect(second.text).toContain(`by ${ann}`);
      expect(second.text).toContain(result.confirmation?.at);
      expect(second.text).not.toContain('<form');
    }
    expect((await test.client.status(workflowId)).confirmation).toEqual(result.confirmation);
  });

  describe('keeps secrets and members', () => {
    const expectClean = (text: string) => {
      const secrets = Object.entries(test.stack.env).filter(([name]) => name.startsWith('BRAZIER_DEV_'));
      expect(secrets.length).toBeGreaterThan(5);
      expect(
        secrets.filter(([, value]) => value === '' || text.includes(value)).map(([name]) => name),
      ).toEqual([]);
      expect(/user-\d+/.exec(text)).toBeNull();
    };

    it('out of every history', async () => {
      const histories = new Map<string, string>();
      for await (const { workflowId, runId } of test.temporal.workflow.list()) {
        const handle = test.temporal.workflow.getHandle(workflowId, runId);
        const history: unknown = JSON.parse(JSON.stringify(await handle.fetchHistory()));
        histories.set(workflowId, [...textsOf(history)].join('\n'));
      }
      // What is known to be there is found, also where it is only part of a payload.
      for (const id of ['any-id-at-all', 'second', 'approve-me'])
        expect(histories.get(id)).toContain('Outsiders');
      expect(histories.get('bad-source.secretAccessKey-false')).toContain('AbC123secretAbC123');
      for (const history of histories.values()) expectClean(history);
    });

    it.each([
      ['worker.log', 'bad-source.secretAccessKey-false'],
      ['gateway.log', '/confirm/:token'],
    ])('out of %s', async (file, known) => {
      const log = await readFile(join(test.stateDir, file), 'utf8');
      expect(log).toContain(known);
      expectClean(log);
    });

    it('out of every mail', async () => {
      const all = await mails();
      expect(all.filter(({ text }) => text.includes('Outsiders')).length).toBeGreaterThan(3);
      expectClean(JSON.stringify(all));
    });
  });
});
