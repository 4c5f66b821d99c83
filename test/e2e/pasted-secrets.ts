import { type ActivateAudienceInput } from '../../src/contract/activation';

/** Part of everything that somebody pastes where it does not belong. */
export const PASTED = 'Hush7Qx';
/** What is pasted. */
export const PASTE = `${PASTED}-0123456789`;

interface GoodSetup {
  name: string;
  braze: object;
  exchange: object;
}

/** Set-ups with a secret where none belongs. */
export const BAD_SETUPS: [string, (good: GoodSetup) => unknown][] = [
  ['the REST key', (good) => ({ ...good, braze: { ...good.braze, restKey: PASTE } })],
  ['a lower-case name', (good) => ({ ...good, braze: { ...good.braze, restKey: `env:${PASTE}` } })],
  ['the key id', (good) => ({ ...good, exchange: { ...good.exchange, accessKeyId: PASTE } })],
  ['the secret key', (good) => ({ ...good, exchange: { ...good.exchange, secretAccessKey: PASTE } })],
  [
    'a login in the endpoint',
    (good) => ({
      ...good,
      braze: { ...good.braze, endpoint: `https://user:${PASTE}@rest.iad-01.braze.com` },
    }),
  ],
  [
    'a login in the bucket’s endpoint',
    (good) => ({
      ...good,
      exchange: { ...good.exchange, endpoint: `https://${PASTE}@s3.example.com` },
    }),
  ],
  ['an invented field', (good) => ({ ...good, password: PASTE })],
  ['an invented object', (good) => ({ ...good, smtp: { user: 'a', credentials: [{ value: PASTE }] } })],
];

/** Activations with a secret where none belongs. */
export const BAD_ACTIVATIONS: [string, (good: ActivateAudienceInput) => unknown][] = [
  ['a source key', (good) => ({ ...good, source: { ...good.source, secretAccessKey: PASTE } })],
  [
    'an alias label',
    (good) => ({
      ...good,
      source: { ...good.source, identifier: 'user_alias', aliasLabel: `Bearer ${PASTE}` },
    }),
  ],
  ['an address as a name', (good) => ({ ...good, audience: `https://ada:${PASTE}@example.com` })],
  ['a field of the confirmation', (good) => ({ ...good, confirmation: { kind: 'none', apiKey: PASTE } })],
];

/** Activations that are refused for another reason, which must not repeat what was given. */
export const HARMLESS_REFUSALS: [string, (good: ActivateAudienceInput) => unknown][] = [
  ['a wrong word', (good) => ({ ...good, listAction: PASTE })],
  ['a field’s name', (good) => ({ ...good, [`${PASTE}0123456789`]: 1 })],
  ['a wrong pattern', (good) => ({ ...good, integration: PASTE })],
  ['a text for an object', (good) => ({ ...good, source: PASTE })],
  ['terms of another version', (good) => ({ ...good, terms: { acceptedBy: 'Ada', version: PASTE } })],
];

/** Activations that reach Temporal by its own page, each under its workflow id. */
export const PASTED_IN_UI: [string, (good: ActivateAudienceInput) => unknown][] = [
  ['pasted-in-ui', (good) => ({ ...good, restKey: `${PASTE}-ui` })],
  ['pasted-as-name', (good) => ({ ...good, audience: `https://ada:${PASTE}@example.com` })],
];
