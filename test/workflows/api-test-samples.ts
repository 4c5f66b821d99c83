import { type PreparedTest, type SeenTest } from '../../src/contract/external-api-test';
import { SETTINGS } from './samples';

/** A test that writes one attribute. */
export const PREPARED_TEST: PreparedTest = {
  integration: 'shop',
  settings: SETTINGS,
  externalApi: 'lead-profile',
  version: 1,
  endpoint: 'users.track',
  body: { attributes: [{ external_id: 'u', plan: 'gold' }] },
  secrets: [],
  isIdempotent: true,
  identifier: { external_id: 'u' },
  keyFingerprint: '0123456789abcdef',
  proof: {
    values: [{ kind: 'attribute', key: 'plan', writes: [{ value: 'gold', mergesObjects: false }] }],
    notCompared: [],
  },
  before: { custom_attributes: { plan: 'silver' } },
};

/** What the profile shows of it. */
export function seenTest(arrived: boolean): SeenTest {
  const value = { name: 'attributes.plan', expected: 'gold', before: 'silver' };
  return {
    profileFound: true,
    seen: [{ ...value, after: arrived ? 'gold' : 'silver', arrived }],
    waitedSeconds: 2,
  };
}
