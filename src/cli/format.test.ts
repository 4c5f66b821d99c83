import { emptyState } from '../domain/stream/profile-state';
import { formatProfile } from './profile-format';
import { type RunResult, type RunStatus } from '../contract/run';
import { exportLines } from './dev-files';
import { formatResult, formatStatus } from './format-run';
import { nextSteps, shellWord } from './next-steps';
import { formatTime } from './progress';
import { sentMembers } from './run-view';
import { formatSetup, setupExitCode } from './setup';
import { formatFacts, formatTable } from './table';

const PLAN = {
  ledger: 0,
  source: 2000,
  add: 2000,
  remove: 0,
  stay: 5,
  notOurs: 0,
  leaversKept: 0,
  unsureRetried: 0,
};
const STATUS: RunStatus = {
  workflowId: "it's one",
  integration: 'shop',
  audience: 'Gold',
  attribute: 'lexer_audience',
  listAction: 'maintain',
  phase: 'awaitingApproval',
  planHash: 'abc',
  plan: PLAN,
  approvalReasons: ['too many would leave'],
};

describe('tables', () => {
  it('aligns words to the left and numbers to the right, and cuts nothing', () => {
    const rows = [
      { name: 'a', members: 1234 },
      { name: 'longer', members: 5 },
    ];
    const columns = [
      { title: 'NAME', of: (row: { name: string }) => row.name },
      { title: 'N', of: (row: { members: number }) => row.members },
    ];
    expect(formatTable(columns, rows)).toEqual(['NAME        N', 'a       1,234', 'longer      5']);
  });

  it('leaves out facts that are not known', () => {
    expect(
      formatFacts([
        ['a', '1'],
        ['long', undefined],
        ['bb', '2'],
      ]),
    ).toEqual(['a   1', 'bb  2']);
  });
});

describe('a run', () => {
  it('names the exact command that it waits for, as a shell takes it', () => {
    expect(nextSteps(STATUS)[0]).toBe(`brazier approve 'it'\\''s one' --plan-hash abc --by "YOUR NAME"`);
    expect(nextSteps({ ...STATUS, phase: 'awaitingConfirmation' })[0]).toMatch(/^brazier confirm /);
    expect(nextSteps({ ...STATUS, phase: 'sending' })).toEqual([]);
  });

  it('shows what a plan moves and why it waits', () => {
    const text = formatStatus(STATUS).join('\n');
    expect(text).toMatch(/plan +2,000 enter, 0 leave, 5 stay/);
    expect(text).toMatch(/approval needed +too many would leave/);
  });

  it('says of reading back how many of how many match', () => {
    const verification = { changed: 2000, checked: 500, matching: 498, late: 0, notInBraze: 2, atCap: 0 };
    expect(formatStatus({ ...STATUS, phase: 'ended', verification }).join('\n')).toMatch(
      /500 of 2,000 read back, 498 match, 2 not in Braze/,
    );
  });

  it('explains the Braze segment only where the audience is in Braze', () => {
    const segment = { exists: false, name: 'Gold', steps: ['Open Braze.'] };
    const result: RunResult = { ...STATUS, phase: 'ended', outcome: 'done', summary: 'It is done.', segment };
    expect(formatResult(result)[0]).toBe('It is done.');
    expect(formatResult(result)).toContain('  1. Open Braze.');
    expect(formatResult({ ...result, outcome: 'refused' })).not.toContain('  1. Open Braze.');
  });

  it('counts slices under way as far as they have got, and never more than there is', () => {
    const run = { plan: PLAN, slices: { done: 1, total: 4 } };
    expect(sentMembers(run, [{ members: 500, unsent: 400 }])).toEqual({
      members: { sent: 600, total: 2000 },
    });
    expect(sentMembers(run, [{ members: 9000, unsent: 0 }])).toEqual({
      members: { sent: 2000, total: 2000 },
    });
    expect(sentMembers({ plan: PLAN }, [])).toEqual({});
  });

  it.each([
    [5, '5 s'],
    [65, '1 min 5 s'],
    [7260, '2 h 1 min'],
    [Number.POSITIVE_INFINITY, '?'],
  ])('tells %d seconds as %s', (seconds, text) => expect(formatTime(seconds)).toBe(text));
});

describe('set-up', () => {
  const failed = {
    step: 'REST key',
    status: 'fail' as const,
    message: 'Braze refuses it.',
    action: 'Make a new one.',
    actor: 'credentialOwner' as const,
    code: 'BRAZE_KEY_REJECTED',
  };

  it('tells each failed step with who must do what', () => {
    const lines = formatSetup({ integration: 'shop', ok: false, change: 'unchanged', steps: [failed] });
    expect(lines).toEqual([
      '✗ REST key: Braze refuses it.',
      '    the credential owner has to act — Make a new one. (BRAZE_KEY_REJECTED)',
      '',
      'Integration "shop" was not changed: 1 of 1 steps failed.',
    ]);
  });

  it('exits by the first failed step', () => {
    const passed = { step: 'a', status: 'pass' as const, message: 'ok' };
    expect(setupExitCode([passed])).toBe(0);
    expect(setupExitCode([passed, failed, { ...failed, actor: 'dataOwner' }])).toBe(10);
  });
});

it('shows no time since when somebody is inside who never was', () => {
  const outside = { inside: false, since: 0, entries: 0, sent: 0 };
  const state = { ...emptyState('7', 1), memberships: { third: outside } };
  const known = {
    profileId: '7',
    integration: 'shop',
    createdAt: 'then',
    identities: [],
    mergedFrom: [],
    state,
  };
  expect(formatProfile(known).at(-1)).toMatch(/^ +third +no +– +0 +0 /);
});

it('writes an environment that a shell takes literally', () => {
  expect(exportLines({ A: 'x y', B: 'http://127.0.0.1:1' })).toEqual([
    "export A='x y'",
    'export B=http://127.0.0.1:1',
  ]);
  expect(shellWord('$(rm)')).toBe("'$(rm)'");
});
