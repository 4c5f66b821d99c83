import * as contract from './index';

test('names that others rely on stay what they are', () => {
  expect([contract.TASK_QUEUE, contract.DATA_TASK_QUEUE, contract.SEND_TASK_QUEUE]).toEqual([
    'brazier',
    'brazier-data',
    'brazier-send',
  ]);
  expect(contract.WORKFLOW_TYPES).toEqual({
    activateAudience: 'activateAudience',
    setupIntegration: 'setupIntegration',
    runAudience: 'runAudience',
    integration: 'integration',
    watchSchedules: 'watchSchedules',
    workspaceBudget: 'workspaceBudget',
  });
  expect(contract.RUN_MESSAGES).toEqual({
    approve: 'approve',
    reject: 'reject',
    confirm: 'confirm',
    dispute: 'dispute',
    pause: 'pause',
    resume: 'resume',
    status: 'status',
  });
  expect(contract.INTEGRATION_MESSAGES).toEqual({
    configure: 'configure',
    begin: 'begin',
    commit: 'commit',
    end: 'end',
    holds: 'holds',
    describe: 'describe',
  });
  expect(contract.CHILD_MESSAGES).toEqual({
    progress: 'progress',
    order: 'order',
    superseded: 'superseded',
    status: 'status',
  });
});

test('ids lead from names to workflows, an audience’s by its integration', () => {
  expect(contract.integrationWorkflowId('shop')).toBe('integration/shop');
  expect(contract.audienceWorkflowId('shop', 'abc')).toBe('audience/shop/abc');
});

test('no two messages of one workflow share a name', () => {
  for (const messages of [contract.RUN_MESSAGES, contract.INTEGRATION_MESSAGES, contract.CHILD_MESSAGES]) {
    const names = Object.values<string>(messages);
    expect(new Set(names).size).toBe(names.length);
  }
});

test('everything that the contract exports is there', () => {
  const missing = Object.entries(contract).filter(([, value]) => typeof value === 'undefined');
  expect(missing).toEqual([]);
  expect(Object.keys(contract)).toEqual(
    expect.arrayContaining(['ERROR_CATALOG', 'EXIT_CODES', 'TIMING', 'isErrorCode']),
  );
});
