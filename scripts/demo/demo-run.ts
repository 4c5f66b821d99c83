import { setTimeout as sleep } from 'node:timers/promises';
import { createBucket } from '../../src/adapters/bucket/s3-bucket';
import { type BrazierClient } from '../../src/client/brazier-client';
import { type ActivateAudienceInput } from '../../src/contract/activation';
import { TERMS_VERSION } from '../../src/contract/names';
import { type RunPhase } from '../../src/contract/phases';
import { type RunResult, type RunStatus } from '../../src/contract/run';
import { number } from '../../src/domain/describe-run';
import { type DevStack } from '../../src/dev/dev-stack';
import { awaitLink, awaitMail, pressRight } from './mailbox';
import { type Narrator } from './narrator';
import { type Purchases } from './purchases';
import { type DemoWorkspace } from './workspace';

export const INTEGRATION = 'cdnow';
export const AUDIENCE = 'Active customers';
export const ATTRIBUTE = 'lexer_audience';

/** One run in the demo's last line. */
export interface RunLine {
  asOf: string;
  /** Profiles that hold the value after the run. */
  members: number;
  added: number;
  removed: number;
  /** Refused by Braze, and rows without a usable id. */
  rejected: number;
  confirmed: boolean;
  verified: { checked: number; matching: number };
}

/** What a run of the demo works with. */
export interface DemoParts {
  client: BrazierClient;
  stack: DevStack;
  purchases: Purchases;
  workspace: DemoWorkspace;
  narrator: Narrator;
  /** Links of the mails that were answered already. */
  pressed: Set<string>;
}

/** One refresh of the audience, told step by step. */
export class DemoRun {
  private readonly parts: DemoParts;
  private readonly asOf: string;

  constructor(parts: DemoParts, asOf: string) {
    this.parts = parts;
    this.asOf = asOf;
  }

  /** Uploads the day's file, activates it, answers what a person is asked, and tells the outcome. */
  async run(): Promise<RunLine> {
    const { client, stack, narrator } = this.parts;
    narrator.title(`Activating "${AUDIENCE}" as of ${this.asOf}`);
    const key = await this.upload();
    const before = await this.holders();
    const started = await client.activate(activation(key), { workflowId: `active-customers-${this.asOf}` });
    const { workflowId } = started;
    narrator.line(`${stack.temporal.uiUrl}/namespaces/${stack.temporal.namespace}/workflows/${workflowId}`);
    await this.follow(workflowId);
    const result = await started.result();
    return this.conclude(result, before, await this.holders());
  }

  /** A run that waits for whoever sits in front of the demo; answers its link. */
  static async startForAPerson(
    client: BrazierClient,
    stack: DevStack,
    pressed: ReadonlySet<string>,
  ): Promise<string> {
    const key = `active-customers/1998-06-30.csv`;
    const input = { ...activation(key), audience: 'Press the link', listAction: 'add' as const };
    await client.activate(input, { workflowId: 'press-the-link' });
    return (await awaitLink(stack.mailbox.webUrl, pressed)).link;
  }

  /** The day's active customers, with what real files bring along: blanks, repeats, unknown and refused ids. */
  private async upload(): Promise<string> {
    const { stack, purchases } = this.parts;
    const active = await purchases.activeAsOf(this.asOf);
    const stray = [
      '',
      '   ',
      ...active.slice(0, 5),
      `  ${active[7] ?? ''} `,
      'test-1',
      'test-2',
      'test-3',
      'unknown-1',
      'unknown-2',
    ];
    const key = `active-customers/${this.asOf}.csv`;
    const {
      BRAZIER_DEV_S3_ACCESS_KEY_ID: accessKeyId = '',
      BRAZIER_DEV_S3_SECRET_ACCESS_KEY: secretAccessKey = '',
    } = stack.env;
    const bucket = createBucket({
      settings: { ...stack.integration.exchange, path: '' },
      credentials: { accessKeyId, secretAccessKey },
    });
    const rows = ['customer_id', ...active, ...stray.map((id) => `"${id}"`)];
    const put = await bucket.put(key, `${rows.join('\n')}\n`);
    bucket.close();
    if (!put.ok) throw new Error(put.fault.message);
    this.parts.narrator.step(
      '✓',
      `${number(rows.length - 1)} rows in s3://${stack.integration.exchange.bucket}/${key}`,
    );
    return key;
  }

  /** Tells each phase, approves when asked, and presses the link of the mail that arrives. */
  private async follow(workflowId: string): Promise<void> {
    let last: RunPhase | undefined;
    for (;;) {
      const status = await this.parts.client.status(workflowId);
      if (status.phase !== last) await this.tell(workflowId, status);
      last = status.phase;
      if (status.phase === 'ended') return;
      await sleep(150);
    }
  }

  private async tell(workflowId: string, status: RunStatus): Promise<void> {
    const { narrator, client, stack } = this.parts;
    const { plan } = status;
    if (status.phase === 'awaitingApproval') {
      for (const reason of status.approvalReasons ?? []) narrator.step('!', reason);
      const mail = await awaitMail(stack.mailbox.webUrl, ({ text }) => text.includes(status.planHash ?? '-'));
      narrator.step('✉', `operators were asked: "${mail.subject}"`);
      await client.approve(workflowId, { planHash: status.planHash ?? '', by: 'Grace, data team' });
      narrator.step('✓', `plan ${status.planHash?.slice(0, 12) ?? ''}… approved by Grace, data team`);
    } else if (status.phase === 'awaitingConfirmation') {
      const { subject, link } = await awaitLink(stack.mailbox.webUrl, this.parts.pressed);
      narrator.step('✉', `marketing was asked: "${subject}"`);
      this.parts.pressed.add(link);
      await pressRight(link);
      narrator.step('✓', 'the link in that mail was opened and "right" pressed');
    } else if (status.phase === 'sending' && plan) {
      narrator.step(
        '→',
        `${number(plan.add)} enter, ${number(plan.remove)} leave, ${number(plan.stay)} stay`,
      );
    }
  }

  private async holders(): Promise<Set<string>> {
    const profiles = await this.parts.workspace.profiles(ATTRIBUTE);
    return new Set([...profiles].filter(([, values]) => values.includes(AUDIENCE)).map(([id]) => id));
  }

  private conclude(result: RunResult, before: Set<string>, after: Set<string>): RunLine {
    const { narrator } = this.parts;
    const { snapshot, sent, verification } = result;
    const added = [...after].filter((id) => !before.has(id)).length;
    const removed = [...before].filter((id) => !after.has(id)).length;
    const unusable =
      (snapshot?.blank ?? 0) + Object.values(snapshot?.unusable ?? {}).reduce((sum, rows) => sum + rows, 0);
    const { checked = 0, matching = 0, notInBraze = 0 } = verification ?? {};
    narrator.step('✓', result.summary);
    narrator.line(
      `${number(added)} entered, ${number(removed)} left, ${number(after.size)} profiles hold the value now`,
    );
    narrator.line(
      `${sent?.rejected ?? 0} refused by Braze, ${unusable} rows without an id, ${snapshot?.duplicate ?? 0} repeated, ${notInBraze} not in Braze`,
    );
    return {
      asOf: this.asOf,
      members: after.size,
      added,
      removed,
      rejected: (sent?.rejected ?? 0) + unusable,
      confirmed: result.confirmation?.answer === 'right',
      verified: { checked, matching },
    };
  }
}

function activation(key: string): ActivateAudienceInput {
  return {
    integration: INTEGRATION,
    audience: AUDIENCE,
    source: { key, idColumn: 'customer_id' },
    terms: { acceptedBy: 'Ada, marketing', version: TERMS_VERSION },
    confirmation: { kind: 'person', recipients: ['marketing@example.com'], timeoutSeconds: 3_600 },
    verification: { entering: 'all', leaving: 'all', deadlineSeconds: 60 },
  };
}
