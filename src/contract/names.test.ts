import { ACTIVATION_MESSAGES, ENGAGEMENT_MESSAGES } from './engagement';
import * as contract from './index';
import {
  audienceScheduleId,
  engagementWorkflowId,
  FORGET_EVENTS_ID,
  refreshWorkflowId,
  shardWorkflowId,
  STREAM_TASK_QUEUE,
  streamWorkflowId,
  WATCH_SCHEDULE_ID,
  workspaceBudgetWorkflowId,
} from './names';
import { SAMPLES_IN_ALL, SAMPLES_PER_REASON } from './rejected-samples';
import { MOST_SHARDS, STREAM_MESSAGES } from './stream';
import { BUDGET_MESSAGES } from './workspace-budget';

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
    testExternalApi: 'testExternalApi',
    activateEngagement: 'activateEngagement',
    engagement: 'engagement',
    stream: 'stream',
    streamShard: 'streamShard',
    importProfiles: 'importProfiles',
    forgetEvents: 'forgetEvents',
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

test('names of the streaming half and of the budget stay what they are', () => {
  const ofThemselves = (messages: Record<string, string>) =>
    Object.entries(messages).map(([key, name]) => (key === name ? name : `${key} → ${name}`));
  expect(STREAM_TASK_QUEUE).toBe('brazier-stream');
  expect(ofThemselves(ENGAGEMENT_MESSAGES)).toEqual([
    'activate',
    'pause',
    'resume',
    'stop',
    'upgrade',
    'status',
    'refresh',
  ]);
  expect(ofThemselves(ACTIVATION_MESSAGES)).toEqual(['status']);
  expect(ofThemselves(STREAM_MESSAGES)).toEqual(['setShards', 'describe', 'ensure']);
  expect(ofThemselves(BUDGET_MESSAGES)).toEqual(['lease', 'release', 'describe']);
});

test('ids lead from names to workflows, an audience’s by its integration', () => {
  expect(contract.integrationWorkflowId('shop')).toBe('integration/shop');
  expect(contract.audienceWorkflowId('shop', 'abc')).toBe('audience/shop/abc');
  expect([audienceScheduleId('shop', 'abc'), refreshWorkflowId('shop', 'abc')]).toEqual([
    'audience-schedule/shop/abc',
    'refresh/shop/abc',
  ]);
});

test('ids of the streaming half are told apart by integration, layout, shard and name', () => {
  expect([
    workspaceBudgetWorkflowId('shop'),
    streamWorkflowId('shop'),
    shardWorkflowId('shop', 2, 3),
    engagementWorkflowId('shop', 'third-purchase'),
  ]).toEqual(['workspace-budget/shop', 'stream/shop', 'stream/shop/2/3', 'engagement/shop/third-purchase']);
  expect([WATCH_SCHEDULE_ID, FORGET_EVENTS_ID]).toEqual(['brazier/watch-schedules', 'brazier/forget-events']);
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

test('bounds that the docs tell stay what they are', () => {
  expect([MOST_SHARDS, SAMPLES_PER_REASON, SAMPLES_IN_ALL]).toEqual([64, 20, 50]);
});
