import { describeIntegration } from './describe-integration';
import { type AudienceState } from './integration-state';

const settings = { name: 'shop', braze: { endpoint: 'https://rest.iad-01.braze.com' } };
const object = { key: 'k', bytes: 1, sha256: 's' };

function audience(name: string, rest: Partial<AudienceState> = {}): AudienceState {
  return {
    key: name,
    audience: name,
    attribute: 'lexer_audience',
    identifier: 'external_id',
    generation: 3,
    beginToken: 't',
    open: [],
    ...rest,
  };
}

test('an integration without audiences says so', () => {
  expect(describeIntegration({ settings, segmentIds: [], audiences: {} })).toBe(
    '**shop** writes to https://rest.iad-01.braze.com\n- no audience value in use yet\n',
  );
});

test('values in use are counted by attribute; an audience without members or open runs uses none', () => {
  const ledger = { generation: 2, file: object, manifest: object, members: 12, unsure: 0 };
  const open = [{ workflowId: 'w', runId: 'r', generation: 3 }];
  const audiences = {
    a: audience('VIP', {
      ledger,
      lastOutcome: { outcome: 'done', generation: 2, at: '2026-11-21T00:00:00Z' },
    }),
    b: audience('New', { open }),
    c: audience('Gone', { ledger: { ...ledger, members: 0 } }),
    d: audience('Other', { attribute: 'crm', ledger }),
  };
  expect(describeIntegration({ settings, segmentIds: [], audiences }).split('\n')).toEqual([
    '**shop** writes to https://rest.iad-01.braze.com',
    '- `lexer_audience`: 2 audience values in use',
    '- `crm`: 1 audience values in use',
    '',
    '- VIP (`lexer_audience`): 12 members, generation 3, last run: done',
    '- New (`lexer_audience`): no members yet, generation 3',
    '- Gone (`lexer_audience`): 0 members, generation 3',
    '- Other (`crm`): 12 members, generation 3',
  ]);
});
