import { type ActivateEngagementInput } from '../engagement';
import {
  parseEngagement,
  parseEngagementActivate,
  parseEngagementChange,
  parseEngagementUpgrade,
} from './engagement';
import { checkMapping } from './engagement-mapping';

const INPUT: ActivateEngagementInput = {
  integration: 'shop',
  name: 'third-purchase',
  segment: { name: 'bought-three-times', condition: { event: 'Purchase', atLeast: 3 } },
  action: {
    externalApi: 'loyalty-tier',
    parameters: {
      user: { userField: 'externalId' },
      amount: { eventField: 'properties.amount', format: { decimals: 2 }, default: 0 },
      tier: { constant: 'gold' },
      since: { entryTime: true, format: { date: 'yyyy-MM-dd', timeZone: 'Europe/Berlin' } },
    },
  },
  activatedBy: 'Ada',
};

const withAction = (more: object) => ({ ...INPUT, action: { ...INPUT.action, ...more } });
const withSource = (source: unknown) => withAction({ parameters: { user: source } });

test('what is left out gets its default; everything else stays as it was written', () => {
  expect(parseEngagement(INPUT)).toEqual({
    ok: true,
    value: { ...INPUT, frequency: 'once', includeCurrent: false, onResume: 'skip' },
  });
});

test('an External API that is given whole gets its own defaults', () => {
  const externalApi = {
    name: 'loyalty-tier',
    channel: 'profile',
    payload: { attributes: [{ external_id: '{{user}}', tier: '{{tier}}' }] },
    parameters: { user: {}, tier: { perEngagement: true } },
  };
  expect(parseEngagement(withAction({ externalApi }))).toMatchObject({
    ok: true,
    value: {
      action: {
        externalApi: { endpoint: 'users.track', parameters: { tier: { type: 'string', required: true } } },
      },
    },
  });
});

test.each<[string, unknown, string]>([
  [
    'a misspelt field',
    { ...INPUT, frequencey: 'once' },
    'unknown field "frequencey" (did you mean "frequency"?)',
  ],
  ['nobody', { ...INPUT, activatedBy: ' ' }, 'activatedBy: must not be blank'],
  ['a name that no id can have', { ...INPUT, name: 'Third Purchase' }, 'name: must be lower-case letters'],
  ['no segment', { ...INPUT, segment: undefined }, 'segment: is missing'],
  [
    'a condition of no kind',
    { ...INPUT, segment: { name: 'a', condition: { evnt: 'x' } } },
    'segment.condition',
  ],
  ['a frequency of none', { ...INPUT, frequency: 'twice' }, 'frequency: must be "once" or "everyTime"'],
  [
    'a field that no person has',
    withSource({ userField: 'plan' }),
    'action.parameters.user.userField: must be',
  ],
  [
    'a field that no event has',
    withSource({ eventField: 'amount' }),
    'action.parameters.user.eventField: must be',
  ],
  ['two sources', withSource({ userField: 'email', constant: 'x' }), 'user: needs exactly one of'],
  ['no source', withSource({ default: 'x' }), 'user: needs exactly one of'],
  [
    'a formatted constant',
    withSource({ constant: 'x', format: { trim: true } }),
    'a constant takes no format',
  ],
  ['a default of the entry', withSource({ entryTime: true, default: 'x' }), 'takes no default'],
  [
    'a zone of nowhere',
    withSource({ entryTime: true, format: { timeZone: 'Berlin' } }),
    'format.timeZone: must be a time zone',
  ],
  ['a hash of none', withSource({ userField: 'email', format: { hash: 'sha1' } }), 'format.hash'],
  [
    'a version of a new API',
    withAction({ version: 2, externalApi: { name: 'x' } }),
    'action.externalApi.channel',
  ],
  ['a version of none', withAction({ version: 0 }), 'action.version: must be at least 1'],
  ['test values that are no object', withAction({ testValues: [] }), 'action.testValues: must be an object'],
  ['an exit that calls nothing', { ...INPUT, exitAction: {} }, 'exitAction.externalApi: is missing'],
  ['an action of none', { ...INPUT, action: 'send' }, 'action: must be an object'],
])('%s is refused by name', (_what, input, sentence) => {
  expect(parseEngagement(input)).toMatchObject({
    ok: false,
    fault: { code: 'INPUT_INVALID', message: expect.stringContaining(sentence) },
  });
});

test('a version beside an External API that is given whole is refused', () => {
  const externalApi = {
    name: 'tier',
    channel: 'profile',
    payload: { attributes: [{ external_id: '{{user}}' }] },
    parameters: { user: {} },
  };
  expect(parseEngagement(withAction({ externalApi, version: 2 }))).toMatchObject({
    fault: { message: expect.stringContaining('action.version: belongs to a saved External API') },
  });
});

test('a secret in clear text is called one, wherever it stands, and not repeated', () => {
  const secret = 'AKIAIOSFODNN7EXAMPLE';
  const refused = parseEngagement(withSource({ constant: secret }));
  expect(refused).toMatchObject({ ok: false, fault: { code: 'SECRET_LITERAL' } });
  expect(JSON.stringify(refused)).not.toContain(secret);
});

test('an upgrade says what to', () => {
  expect(parseEngagementUpgrade({ by: 'Ada' })).toMatchObject({
    fault: { message: expect.stringContaining('needs version, exitVersion or segmentVersion') },
  });
  expect(parseEngagementUpgrade({ by: 'Ada', segmentVersion: 2 })).toMatchObject({ ok: true });
});

const API = {
  name: 'loyalty-tier',
  version: 3,
  parameters: {
    user: { type: 'string', required: true, perEngagement: false },
    tier: { type: 'string', required: true, perEngagement: true },
    note: { type: 'string', required: false, perEngagement: false },
    count: { type: 'integer', required: true, perEngagement: false, default: 1 },
    key: { type: 'string', required: true, perEngagement: false, secret: 'env:API_KEY' },
  },
} as const;

test('a mapping that fills what is required fits', () => {
  const mapping = { user: { userField: 'externalId' }, tier: { constant: 'gold' } };
  expect(checkMapping('action', API, mapping)).toEqual({ ok: true, value: undefined });
});

test.each<[string, Parameters<typeof checkMapping>[2], string, string]>([
  ['a required one left out', { tier: { constant: 'x' } }, 'action.parameters.user', 'is missing'],
  [
    'one of the engagement left out',
    { user: { userField: 'email' } },
    'action.parameters.tier',
    'needs a constant for it',
  ],
  [
    'one of the engagement by a field',
    { user: { userField: 'email' }, tier: { userField: 'traits.tier' } },
    'action.parameters.tier',
    'give a constant',
  ],
  [
    'an unknown name',
    { usr: { userField: 'email' }, user: { userField: 'email' }, tier: { constant: 'x' } },
    'action.parameters',
    'version 3 has no parameter "usr" (did you mean "user"?)',
  ],
  [
    'a name like that of every object',
    { user: { userField: 'email' }, tier: { constant: 'x' }, constructor: { constant: 'x' } },
    'action.parameters',
    'has no parameter "constructor"',
  ],
  [
    'a secret one',
    { user: { userField: 'email' }, tier: { constant: 'x' }, key: { constant: 'x' } },
    'action.parameters.key',
    'filled by its secret',
  ],
  [
    'a constant of another type',
    { user: { userField: 'email' }, tier: { constant: 5 } },
    'action.parameters.tier.constant',
    'is not a text',
  ],
])('a mapping with %s does not fit', (_what, mapping, field, problem) => {
  expect(checkMapping('action', API, mapping)).toMatchObject({
    ok: false,
    fault: {
      code: 'INPUT_INVALID',
      fields: [{ field, problem: expect.stringContaining(problem) }],
    },
  });
});

test('Updates of an engagement take one object each', () => {
  expect(parseEngagementActivate({ by: 'Ada', revision: 2 })).toEqual({
    ok: true,
    value: { by: 'Ada', revision: 2 },
  });
  expect(parseEngagementActivate({ by: 'Ada', revision: 0 }).ok).toBe(false);
  for (const change of ['pause', 'resume', 'stop'] as const) {
    expect(parseEngagementChange({ by: 'Ada' }, change)).toEqual({ ok: true, value: { by: 'Ada' } });
    expect(parseEngagementChange({}, change)).toMatchObject({ ok: false, fault: { code: 'INPUT_INVALID' } });
  }
  expect(parseEngagementUpgrade({ by: 'Ada', version: 2 }).ok).toBe(true);
  expect(parseEngagementUpgrade({ by: 'Ada' }).ok).toBe(false);
});
