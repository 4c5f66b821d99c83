import { TERMS_VERSION } from '../contract/names';
import { checkedActivation, checkedSetup, mergeActivation } from './activation-input';
import { FaultError } from './cli-error';

const FILE = {
  integration: 'shop',
  audience: 'Gold',
  source: { prefix: 'exports/gold/', idColumn: 'customer' },
  terms: { acceptedBy: 'Ada', version: TERMS_VERSION },
  confirmation: { kind: 'mail', allowedSenders: ['@example.com'] },
};

describe('flags over a file', () => {
  it('leaves the file as it is without flags', () => {
    expect(mergeActivation(FILE, {})).toEqual(FILE);
  });

  it('overrides single fields and keeps the others', () => {
    expect(mergeActivation(FILE, { audience: 'Silver', bucket: 'other', dryRun: true })).toEqual({
      ...FILE,
      audience: 'Silver',
      dryRun: true,
      source: { ...FILE.source, bucket: 'other' },
    });
  });

  it('puts a key in the place of a prefix', () => {
    expect(mergeActivation(FILE, { key: 'exports/gold.csv' })).toEqual({
      ...FILE,
      source: { key: 'exports/gold.csv', idColumn: 'customer' },
    });
  });

  it('accepts the terms in force unless a version is named', () => {
    const flags = { acceptTermsBy: 'Bob' };
    expect(mergeActivation({}, flags)).toEqual({ terms: { acceptedBy: 'Bob', version: TERMS_VERSION } });
    expect(mergeActivation({}, { ...flags, termsVersion: '2020-01' })).toEqual({
      terms: { acceptedBy: 'Bob', version: '2020-01' },
    });
  });

  it('keeps the details of a confirmation of the same kind only', () => {
    expect(mergeActivation(FILE, { confirmation: 'mail' })).toEqual(FILE);
    expect(mergeActivation(FILE, { confirmation: 'none' })).toEqual({
      ...FILE,
      confirmation: { kind: 'none' },
    });
  });

  it('leaves what is no object for the check to refuse', () => {
    expect(mergeActivation([1], { audience: 'Gold' })).toEqual([1]);
  });
});

describe('the check before anything is sent', () => {
  it('passes an input on unchanged, so that the workflow fills in the defaults', () => {
    expect(checkedActivation(FILE)).toBe(FILE);
  });

  it('names the field that is missing', () => {
    expect(() => checkedActivation({ ...FILE, source: {} })).toThrow(
      /source\.key: exactly one of key, prefix and newestUnder/,
    );
  });

  it('refuses a pasted key and says that nothing was sent', () => {
    const settings = {
      name: 'shop',
      braze: { endpoint: 'https://rest.iad-01.braze.com', restKey: '11111111-2222-3333-4444-555555555555' },
      exchange: { bucket: 'shop-braze', region: 'eu-central-1' },
    };
    const refused = catchError(() => checkedSetup(settings));
    expect(refused.fault.code).toBe('SECRET_LITERAL');
    expect(refused.message).toMatch(/braze\.restKey.*Nothing was sent to Temporal\.$/);
    expect(refused.message).not.toMatch(/1111|has kept/);
  });
});

function catchError(action: () => unknown): FaultError {
  try {
    action();
  } catch (error) {
    if (error instanceof FaultError) return error;
  }
  throw new Error('no FaultError was thrown');
}
