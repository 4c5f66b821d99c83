import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { smtpReply, type SmtpInbox, startSmtpInbox } from '../../src/adapters/email/smtp-inbox.test-support';
import { type ActivateAudienceInput } from '../../src/contract/activation';
import { type SetupIntegrationInput } from '../../src/contract/integration';
import { freePort } from '../../src/dev/servers/ports';
import { type Fault } from '../../src/sandbox/faults';
import {
  BAD_ACTIVATIONS,
  BAD_SETUPS,
  HARMLESS_REFUSALS,
  PASTE,
  PASTED,
  PASTED_IN_UI,
} from './pasted-secrets';
import { startEchoingS3, type EchoingS3 } from './secret-echoes';
import { bucketPlaces, findings, flat, logPlace, type Place, workflowPlaces } from './secret-search';
import {
  activation,
  awaitActivity,
  awaitPhase,
  childOf,
  loadProfiles,
  putIds,
  setUp,
  slowBraze,
  startTestStack,
  type TestStack,
} from './test-stack';

jest.setTimeout(300_000);

/** Part of every member's identifier, and of every cell that is none. */
const MEMBER = 'mbr7x';
const SMTP_PASSWORD = 'Smtp/7Qx secret';
const WRONG_KEY = 'b7a1c2d3-0000-4111-8222-93f4e5d6c7b8';
const WRONG_S3_KEY = 'AKIA7QXWRONGKEYID007';
const WRONG_S3_SECRET = 'wJalrXUtnFEMI7K7MDENGbPxRfiCYEXAMPLE7Qx0';
const ALLOWED_FOR_MEMBERS =
  /\/(snapshot-|plan|slices\/|slices-|receipts\/|rejected\/|sample|corrections\/|report\.html$)|\/ledger\/.*\.parquet$/;

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${MEMBER}-${from + index}`);

describe('secrets and members', () => {
  let test: TestStack;
  let inbox: SmtpInbox;
  let echo: EchoingS3;
  const told: Place[] = [];

  beforeAll(async () => {
    inbox = await startSmtpInbox({
      login: { user: 'mailer', password: SMTP_PASSWORD },
      onRecipient: (address) => {
        if (address.startsWith('refused')) throw smtpReply(550, `no ${address}, mailer:${SMTP_PASSWORD}`);
      },
    });
    echo = await startEchoingS3();
    const s3Port = await freePort();
    test = await startTestStack({
      sandbox: { applyLagMs: 100 },
      ports: { s3: s3Port },
      env: {
        BRAZIER_SMTP_URL: inbox.url,
        BRAZIER_LOG_LEVEL: 'trace',
        BRAZIER_ALLOWED_S3_ENDPOINTS: `http://127.0.0.1:${s3Port},${echo.url}`,
        BRAZIER_SECRETS: [
          ...['env:BRAZIER_DEV_BRAZE_KEY', 'env:BRAZIER_DEV_S3_ACCESS_KEY_ID'],
          ...[
            'env:BRAZIER_DEV_S3_SECRET_ACCESS_KEY',
            'env:WRONG_KEY',
            'env:WRONG_S3_KEY',
            'env:WRONG_S3_SECRET',
          ],
        ].join(),
        WRONG_KEY,
        WRONG_S3_KEY,
        WRONG_S3_SECRET,
      },
    });
    await loadProfiles(test, ids(0, 400));
  });
  afterAll(async () => {
    await test.close();
    await inbox.close();
    await echo.close();
  });

  const setup = (name: string, braze: object = {}, exchange: object = {}) => ({
    name,
    braze: { ...test.stack.integration.braze, applyLagSeconds: 1, requestTimeoutSeconds: 5, ...braze },
    exchange: { ...test.stack.integration.exchange, ...exchange },
  });
  /** Runs the command line as a person would, and keeps what it said. */
  const cli = (...args: string[]): Promise<{ code: number; out: string }> =>
    new Promise((resolve) => {
      const entry = join(__dirname, '..', '..', 'dist', 'src', 'cli.js');
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], ...test.stack.env };
      const child = execFile(process.execPath, [entry, ...args], { env }, (_error, stdout, stderr) => {
        const out = `${stdout}\n${stderr}`;
        told.push({ where: `brazier ${args[0] ?? ''}`, text: out });
        resolve({ code: child.exitCode ?? -1, out });
      });
    });
  const cliWithFile = async (command: string, input: unknown) => {
    const file = join(test.stateDir, 'input.json');
    await writeFile(file, JSON.stringify(input));
    return cli(command, '--file', file, '--json');
  };
  const errorOf = async (work: () => Promise<unknown>): Promise<Error> => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      for (let at: unknown = error; at instanceof Error; at = at.cause)
        told.push({ where: 'an error of the client', text: `${at.message}\n${at.stack ?? ''}\n${flat(at)}` });
      return error;
    }
    throw new Error('it was taken');
  };
  const braze = (fault: Fault, next: number, path = '/users/track') =>
    test.stack.sandbox.workspace.faults.add({ path, match: { next }, fault });

  it.each(BAD_SETUPS)('are refused in a set-up before Temporal hears of it: %s', async (_, spoil) => {
    const input = spoil(setup('pasted'));
    // The client is handed what its types would not allow, as a service in plain JavaScript may.
    const refused = await errorOf(() => test.client.setup(input as SetupIntegrationInput));
    expect(refused).toMatchObject({ name: 'InputRefusedError', fault: { code: 'SECRET_LITERAL' } });
    const { code, out } = await cliWithFile('setup', input);
    expect(code).toBe(10);
    expect(out).toContain('SECRET_LITERAL');
  });

  it.each([
    ...BAD_ACTIVATIONS.map((bad) => [...bad, 'SECRET_LITERAL'] as const),
    ...HARMLESS_REFUSALS.map((bad) => [...bad, ''] as const),
  ])('are refused in an activation before Temporal hears of it: %s', async (_, spoil, wanted) => {
    const input = spoil(activation('pasted', 'Pasted', 'pasted.csv'));
    const refused = await errorOf(() => test.client.activate(input as ActivateAudienceInput));
    expect(refused.name).toBe('InputRefusedError');
    expect(flat(refused)).toContain(wanted);
    const { code, out } = await cliWithFile('activate', input);
    expect(code).toBeGreaterThan(0);
    expect(out).toContain(wanted);
  });

  it('are not repeated by the command line that was given them', async () => {
    for (const args of [
      ['activate', `--password=${PASTE}`],
      ['activate', '--identifier', PASTE],
      ['setup', '--file', 'x.json', PASTE],
      [PASTE],
    ]) {
      const { code } = await cli(...args);
      expect(code).toBe(2);
    }
  });

  it.each(PASTED_IN_UI)(
    'pasted into Temporal’s own page: the run says to rotate them: %s',
    async (id, spoil) => {
      const failed = await errorOf(() =>
        test.temporal.workflow.execute('activateAudience', {
          taskQueue: 'brazier',
          workflowId: id,
          args: [spoil(activation('ui', 'Pasted', 'a.csv'))],
        }),
      );
      expect(failed).toBeInstanceOf(WorkflowFailedError);
      expect(flat(failed.cause)).toContain('SECRET_LITERAL');
      expect((failed.cause as Error).message).toContain('rotate');
    },
  );

  it('echoed by Braze and S3 while an integration is set up', async () => {
    const wrong = await cliWithFile('setup', setup('wrong', { restKey: 'env:WRONG_KEY' }));
    expect(wrong.out).toContain('BRAZE_KEY_REJECTED');
    const keys = { accessKeyId: 'env:WRONG_S3_KEY', secretAccessKey: 'env:WRONG_S3_SECRET' };
    const refused = await cliWithFile('setup', setup('wrong', {}, { ...keys, endpoint: echo.url }));
    expect(refused.out).toContain('S3_ACCESS_DENIED');
    expect(echo.echoed()).toBeGreaterThan(0);
    for (const status of [400, 401, 403, 500, 503] as const) {
      braze({ kind: 'echo', status }, 2, '/segments/list');
      braze({ kind: 'echo', status }, 2, '/users/track');
      const failed = await test.client.setup(setup('echoed'));
      expect(failed.ok).toBe(false);
      told.push({ where: `a set-up with ${status}`, text: flat(failed) });
      test.stack.sandbox.workspace.faults.clear();
    }
    await setUp(test, 'shop');
  });

  it('echoed by Braze and by the mail server while a run sends, waits and ends', async () => {
    await putIds(test, 'members.csv', ids(0, 300));
    slowBraze(test, 1_000);
    for (const status of [400, 500, 503] as const) braze({ kind: 'echo', status }, 2);
    const recipients = ['ada@example.com', 'refused@example.com'];
    const run = await test.client.activate(
      activation('shop', 'Gold', 'members.csv', { confirmation: { kind: 'person', recipients } }),
    );
    const child = childOf('shop', 'Gold');
    await awaitPhase(test, run.workflowId, ['sending']);
    expect(await awaitActivity(test, child, 'sendSlice')).toBe(true);
    const { raw } = await test.temporal.workflow.getHandle(child).describe();
    told.push({ where: 'a run that is sending', text: flat(raw) });
    test.stack.sandbox.workspace.faults.clear();
    for (const status of [400, 500, 503] as const) braze({ kind: 'echo', status }, 2);
    await awaitPhase(test, run.workflowId, ['awaitingConfirmation']);
    const handle = test.temporal.workflow.getHandle(run.workflowId);
    for (const more of [
      { by: 'Ada', password: PASTE },
      { by: `Bearer ${PASTE}` },
      { [`${PASTE}0123456789`]: 1 },
    ]) {
      const refused = await errorOf(() => handle.executeUpdate('confirm', { args: [more] }));
      expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    }
    await test.client.confirm(run.workflowId, { by: 'Ada' });
    expect((await run.result()).outcome).toBe('done');
  });

  it('echoed by a Braze that takes the key away in the middle of a run', async () => {
    await putIds(test, 'more.csv', ids(0, 350));
    braze({ kind: 'echo', status: 403 }, 50);
    const run = await test.client.activate(activation('shop', 'Silver', 'more.csv'));
    await errorOf(() => run.result());
    test.stack.sandbox.workspace.faults.clear();
    expect((await test.client.status(run.workflowId)).error?.code).toBe('BRAZE_PERMISSION_MISSING');
  });

  it.each([
    ['no-header.csv', `${MEMBER}-a,${PASTE}\n${MEMBER}-b,${PASTE}\n`],
    ['open-quote.csv', `external_id,note\n${MEMBER}-a,"${PASTE}\n${MEMBER}-b,x\n`],
    ['columns.csv', `external_id,note\n${MEMBER}-a,${PASTE},${PASTE}\n`],
    ['lines.ndjson', `{"external_id":"${MEMBER}-a"}\n{"external_id":"${MEMBER}-b", ${PASTE}\n`],
    ['no-id.ndjson', `{"${MEMBER}-a":"${PASTE}"}\n`],
    ['broken.parquet', `PAR1${MEMBER}-a ${PASTE}PAR1`],
    ['broken.csv.gz', `${MEMBER}-a ${PASTE}`],
  ])('in a source that cannot be read: %s', async (key, content) => {
    expect((await test.exchange.put(key, content)).ok).toBe(true);
    const run = await test.client.activate(activation('shop', `From ${key}`, key));
    await errorOf(() => run.result());
    const { error } = await test.client.status(run.workflowId);
    expect(error?.code).toMatch(/^(SOURCE|INPUT)_/);
  });

  it('in a source that an echoing server keeps back', async () => {
    const keys = { accessKeyId: 'env:WRONG_S3_KEY', secretAccessKey: 'env:WRONG_S3_SECRET' } as const;
    const source = { key: 'a.csv', bucket: 'elsewhere', endpoint: echo.url, ...keys };
    const run = await test.client.activate(activation('shop', 'Elsewhere', 'a.csv', { source }));
    await errorOf(() => run.result());
    expect((await test.client.status(run.workflowId)).error?.code).toBe('S3_ACCESS_DENIED');
  });

  it('in rows that Braze could never take, and in calls to the gateway', async () => {
    await putIds(test, 'rows.csv', [
      ...ids(0, 20),
      `${MEMBER}-${'x'.repeat(2_000)}`,
      '""',
      `${MEMBER}-\u0007`,
    ]);
    const run = await test.client.activate(activation('shop', 'Rows', 'rows.csv'));
    expect((await run.result()).outcome).toBe('done');
    const hook = `${test.stack.gatewayUrl}/hooks/mail`;
    const mail = {
      from: `${MEMBER}@example.com`,
      to: 'x@example.com',
      subject: PASTE,
      text: PASTE,
      messageId: '<1>',
    };
    for (const token of [PASTE, test.stack.env['BRAZIER_DEV_HOOK_TOKEN'] ?? '']) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      for (const body of [JSON.stringify(mail), `{"broken": ${PASTE}`])
        told.push({
          where: 'the hook',
          text: await (await fetch(hook, { method: 'POST', headers, body })).text(),
        });
    }
    for (const path of [`/confirm/${PASTE}`, `/${PASTE}?token=${PASTE}`])
      told.push({
        where: 'the gateway',
        text: await (await fetch(`${test.stack.gatewayUrl}${path}`)).text(),
      });
  });

  describe('are found afterwards', () => {
    const secrets = () => ({
      PASTED,
      WRONG_KEY,
      WRONG_S3_KEY,
      WRONG_S3_SECRET,
      SMTP_PASSWORD,
      ...Object.fromEntries(
        Object.entries(test.stack.env).filter(([name]) => name.startsWith('BRAZIER_DEV_')),
      ),
    });
    const everything = () => ({ ...secrets(), MEMBER });

    it('in no history, description or answer of any workflow', async () => {
      const { places, inputs } = await workflowPlaces(test.temporal);
      expect(places.length).toBeGreaterThan(100);
      // What is known to be there is found: the search can see.
      expect(places.some(({ text }) => text.includes('BRAZE_PERMISSION_MISSING'))).toBe(true);
      const pasted = PASTED_IN_UI.map(([id]) => `PASTED in ${id}`);
      expect(findings(inputs, everything()).sort()).toEqual(pasted.sort());
      expect(findings(places, everything())).toEqual([]);
    });

    it('in no log, output, error or answer', async () => {
      const logs = await Promise.all(
        ['worker.log', 'gateway.log'].map((name) => logPlace(test.stateDir, name)),
      );
      expect(logs.every(({ text }) => text.includes('is ready'))).toBe(true);
      expect(told.length).toBeGreaterThan(50);
      expect(findings([...logs, ...told], everything())).toEqual([]);
    });

    it('in no mail', () => {
      const mails = inbox.deliveries.map(({ mail }, index) => ({
        where: `mail ${index}: ${mail.subject ?? ''}`,
        text: [mail.text, mail.html, flat([...mail.headers]), flat(mail.attachments)].join('\n'),
      }));
      expect(mails.filter(({ text }) => text.includes('Gold')).length).toBeGreaterThan(1);
      expect(findings(mails, everything())).toEqual([]);
    });

    it('in the state bucket only where members are kept', async () => {
      const { accessKeyId, secretAccessKey } = {
        accessKeyId: test.stack.env['BRAZIER_DEV_S3_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: test.stack.env['BRAZIER_DEV_S3_SECRET_ACCESS_KEY'] ?? '',
      };
      const { exchange: settings } = test.stack.integration;
      const state = createBucket({
        settings: { ...settings, bucket: 'brazier-state', path: '' },
        credentials: { accessKeyId, secretAccessKey },
      });
      const places = await bucketPlaces(state);
      state.close();
      const keeping = places.filter(({ where }) => ALLOWED_FOR_MEMBERS.test(where));
      const holding = findings(keeping, { MEMBER });
      expect(holding.length).toBeGreaterThan(10);
      // Of runs that had something to sample, and of no others.
      const reports = places.filter(({ where }) => where.endsWith('report.html'));
      const sampling = holding.filter((found) => found.endsWith('report.html'));
      expect(sampling.length).toBeGreaterThan(0);
      expect(sampling.length).toBeLessThan(reports.length);
      expect(findings(places, secrets())).toEqual([]);
      expect(
        findings(
          places.filter((place) => !keeping.includes(place)),
          { MEMBER },
        ),
      ).toEqual([]);
    });
  });
});
