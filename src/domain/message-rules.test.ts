import {
  approvalProblem,
  confirmationProblem,
  engagementMessageProblem,
  fieldsProblem,
  leaseProblem,
  pauseProblem,
  type JudgedRun,
} from './message-rules';
import { type RunPhase } from './vocabulary';

const WAITING: JudgedRun = { phase: 'awaitingApproval', planHash: 'abc' };

describe('every decision has an author', () => {
  test.each([[undefined], [null], ['Ada'], [{}], [{ by: '' }], [{ by: '  ' }], [{ by: 7 }]])(
    '%j is refused with the shape that is wanted',
    (message) => {
      expect(pauseProblem({ phase: 'sending' }, message)).toMatch(/^by: .*\{"by": "your name"\}/);
    },
  );

  test.each(['a\u0000', '\ud83d'])('a name that no database keeps (%j) is refused', (by) => {
    expect(engagementMessageProblem('pause', { by })).toContain('by: holds a NUL character or half');
  });

  test('a name has at most 255 characters', () => {
    expect(pauseProblem({ phase: 'sending' }, { by: 'a'.repeat(255) })).toBeUndefined();
    expect(pauseProblem({ phase: 'sending' }, { by: 'a'.repeat(256) })).toBe(
      'by: must have at most 255 characters',
    );
    expect(pauseProblem({ phase: 'sending' }, { by: 'Bearer hush-'.repeat(100_000) })).toBe(
      'by: must have at most 255 characters',
    );
  });
});

describe('what Temporal would keep for nothing', () => {
  test('is a field that nobody reads', () => {
    expect(pauseProblem({ phase: 'sending' }, { by: 'Ada', password: 'hush' })).toBe(
      'unknown field "password"; known: by',
    );
    expect(confirmationProblem({ phase: 'released' }, { by: 'Ada', a1b2c3d4e5: 1 })).toBe(
      'unknown field (a name not repeated here); known: by, via',
    );
    expect(approvalProblem(WAITING, { by: 'Ada', planHash: 'abc', a: 1, b: 2 })).toBe(
      'unknown field "a", "b"; known: planHash, by',
    );
  });

  test('is a secret in a name’s place', () => {
    expect(pauseProblem({ phase: 'sending' }, { by: 'Bearer hush-hush-hush' })).toBe(
      'by: holds what looks like a secret, not a name',
    );
  });
});

describe('an approval', () => {
  test('is taken while the run waits, for this very plan', () => {
    expect(approvalProblem(WAITING, { by: 'Ada', planHash: 'abc' })).toBeUndefined();
  });

  test.each([[{ by: 'Ada', planHash: 'abd' }], [{ by: 'Ada' }], [{ by: 'Ada', planHash: null }]])(
    'of another plan is refused: %j',
    (message) => {
      expect(approvalProblem(WAITING, message)).toBe(
        'planHash: this run’s plan is abc; look at it before you decide',
      );
    },
  );

  test('says so when there is no plan yet, and never matches a missing hash by accident', () => {
    const problem = approvalProblem(
      { phase: 'awaitingApproval', planHash: undefined },
      { by: 'Ada', planHash: 'x' },
    );
    expect(problem).toContain('not made yet');
  });

  test('needs a name before anything else', () => {
    expect(approvalProblem(WAITING, { planHash: 'abc' })).toMatch(/^by: /);
  });

  test('comes once: the first decision is named', () => {
    const message = { by: 'Bob', planHash: 'abc' };
    expect(approvalProblem({ ...WAITING, approval: { decision: 'approved', by: 'Ada' } }, message)).toBe(
      'the plan was approved by Ada already',
    );
    expect(approvalProblem({ ...WAITING, approval: { decision: 'timedOut' } }, message)).toBe(
      'the plan was timedOut already',
    );
  });

  test.each<RunPhase>(['planned', 'sending', 'ended'])('is refused in the phase %s', (phase) => {
    expect(approvalProblem({ ...WAITING, phase }, { by: 'Ada', planHash: 'abc' })).toBe(
      `the run is not waiting for approval (phase: ${phase})`,
    );
  });
});

describe('a confirmation', () => {
  test.each<RunPhase>(['released', 'awaitingConfirmation', 'verifying'])('is taken in %s', (phase) => {
    expect(confirmationProblem({ phase }, { by: 'Ada' })).toBeUndefined();
  });

  test.each<RunPhase>(['received', 'sending', 'settling', 'committed'])('is too early in %s', (phase) => {
    expect(confirmationProblem({ phase }, { by: 'Ada' })).toBe(
      `there is nothing to confirm yet (phase: ${phase})`,
    );
  });

  test('comes too late after the end, unless it repeats an answer', () => {
    expect(confirmationProblem({ phase: 'ended' }, { by: 'Ada' })).toContain('has ended');
    expect(confirmationProblem({ phase: 'ended', confirmation: {} }, { by: 'Ada' })).toBeUndefined();
  });

  test('needs a name', () => {
    expect(confirmationProblem({ phase: 'released' }, {})).toMatch(/^by: /);
  });
});

describe('a message between workflows', () => {
  test.each([[undefined], [null], ['phase'], [7]])('%j is no object', (message) => {
    expect(fieldsProblem(message, ['phase'])).toBe('one JSON object with phase is needed');
  });

  test('names the fields that are missing, inherited ones too', () => {
    expect(fieldsProblem({ key: 'a' }, ['key', 'toString'])).toBe('missing: toString');
    expect(fieldsProblem({ key: 'a' }, ['key'])).toBeUndefined();
  });
});

describe('a pause or its end', () => {
  test.each<RunPhase>(['sending', 'paused'])('is taken in %s', (phase) => {
    expect(pauseProblem({ phase }, { by: 'Ada' })).toBeUndefined();
  });

  test.each<RunPhase>(['planned', 'awaitingApproval', 'settling', 'ended'])('is refused in %s', (phase) => {
    expect(pauseProblem({ phase }, { by: 'Ada' })).toContain(`(phase: ${phase})`);
  });

  test('needs a name', () => {
    expect(pauseProblem({ phase: 'sending' }, {})).toMatch(/^by: /);
  });
});

describe('a lease', () => {
  const wish = { limit: 100, demand: 0, pauseMs: 0 };
  const lease = { holder: '4711/3f2a', grant: 0, track: wish, exportIds: wish };

  test('of the right shape is taken', () => {
    expect(leaseProblem(lease)).toBeUndefined();
    expect(leaseProblem({ ...lease, track: { ...wish, pauseMs: 3_600_000 } })).toBeUndefined();
  });

  test.each([
    [undefined, 'one JSON object'],
    [{ ...lease, holder: '__proto__' }, 'holder: '],
    [{ ...lease, holder: 7 }, 'holder: '],
    [{ ...lease, grant: -1 }, 'grant: '],
    [{ ...lease, grant: '1' }, 'grant: '],
    [{ ...lease, track: null }, 'track: '],
    [{ ...lease, track: { ...wish, limit: 0 } }, 'track: limit above 0'],
    [{ ...lease, exportIds: { ...wish, demand: Number.NaN } }, 'exportIds: '],
    [{ ...lease, track: { ...wish, pauseMs: 3_600_001 } }, 'track: '],
    [{ ...lease, exportIds: { ...wish, pauseMs: 1e15 } }, 'exportIds: '],
    [{ ...lease, exportIds: { limit: 1 } }, 'exportIds: missing: demand, pauseMs'],
  ])('%j is refused', (message, problem) => {
    expect(leaseProblem(message)).toContain(problem);
  });
});

describe('an Update of an engagement', () => {
  test.each<[Parameters<typeof engagementMessageProblem>[0], unknown]>([
    ['activate', { by: 'Ada' }],
    ['activate', { by: 'Ada', revision: 7 }],
    ['pause', { by: 'Ada' }],
    ['resume', { by: 'Ada' }],
    ['stop', { by: 'Ada' }],
    ['upgrade', { by: 'Ada', version: 1, exitVersion: 2, segmentVersion: 3 }],
    ['upgrade', { by: 'Ada', segmentVersion: 3 }],
  ])('%s with %j is taken', (change, message) => {
    expect(engagementMessageProblem(change, message)).toBeUndefined();
  });

  test.each<[Parameters<typeof engagementMessageProblem>[0], unknown, string]>([
    ['activate', undefined, 'by: '],
    ['activate', { by: 'Ada', revision: 0 }, 'revision: must be a whole number from 1'],
    ['activate', { by: 'Ada', revision: null }, 'revision: must be a whole number from 1'],
    ['pause', { by: 'Ada', version: 1 }, 'unknown field "version"; known: by'],
    ['upgrade', { by: 'Ada' }, 'an upgrade needs version, exitVersion or segmentVersion'],
    ['upgrade', { by: 'Ada', version: 1.5 }, 'version: must be'],
    ['upgrade', { by: 'Ada', version: 1, exitVersion: '2' }, 'exitVersion: must be'],
    ['upgrade', { by: 'Ada', segmentVersion: 1e300 }, 'segmentVersion: must be'],
  ])('%s with %j is refused', (change, message, problem) => {
    expect(engagementMessageProblem(change, message)).toContain(problem);
  });
});
