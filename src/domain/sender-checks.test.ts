import { isUnsafe, senderStanding, type ProviderChecks } from './sender-checks';

const FROM = 'Notices@Platform.example.com';
const checks = (over: Partial<ProviderChecks> = {}): ProviderChecks => ({
  spf: 'none',
  dkim: 'none',
  dmarc: 'none',
  spam: 'none',
  virus: 'none',
  envelopeFrom: 'bounces@platform.example.com',
  ...over,
});

test('where no provider reports, the caller of the hook vouches', () => {
  expect(senderStanding(FROM, undefined)).toBe('vouched');
  expect(isUnsafe(undefined)).toBe(false);
});

test.each<[string, Partial<ProviderChecks>, string]>([
  ['DMARC passed', { dmarc: 'pass' }, 'proven'],
  ['DMARC passed by one of the two', { dmarc: 'pass', spf: 'fail', dkim: 'pass' }, 'proven'],
  ['DMARC passed for a forwarder', { dmarc: 'pass', envelopeFrom: 'x@forwarder.example.net' }, 'proven'],
  ['DMARC failed though both passed', { dmarc: 'fail', spf: 'pass', dkim: 'pass' }, 'failed'],
  ['SPF passed for the very domain', { spf: 'pass' }, 'proven'],
  [
    'SPF passed for a domain below it',
    { spf: 'pass', envelopeFrom: 'b@mail.platform.example.com' },
    'proven',
  ],
  ['SPF passed for the domain above it', { spf: 'pass', envelopeFrom: 'b@EXAMPLE.com' }, 'proven'],
  ['SPF passed for another domain', { spf: 'pass', envelopeFrom: 'eve@evil.example.net' }, 'unproven'],
  ['SPF passed for a look-alike', { spf: 'pass', envelopeFrom: 'eve@evilplatform.example.com' }, 'unproven'],
  ['SPF passed for a top level', { spf: 'pass', envelopeFrom: 'eve@com' }, 'unproven'],
  ['SPF passed for nobody', { spf: 'pass', envelopeFrom: '' }, 'unproven'],
  ['SPF passed and DKIM failed', { spf: 'pass', dkim: 'fail' }, 'failed'],
  ['SPF failed and DKIM passed', { spf: 'fail', dkim: 'pass' }, 'failed'],
  ['DKIM alone passed', { dkim: 'pass' }, 'unproven'],
  ['nothing is reported', {}, 'unproven'],
])('%s: %j is %s', (_name, over, standing) => {
  expect(senderStanding(FROM, checks(over))).toBe(standing);
});

test('a From without a domain is never proven by SPF', () => {
  expect(senderStanding('', checks({ spf: 'pass', envelopeFrom: '' }))).toBe('unproven');
  expect(senderStanding('@com', checks({ spf: 'pass', envelopeFrom: '@com' }))).toBe('unproven');
});

test('only a reported spam or virus makes a mail unsafe', () => {
  expect(isUnsafe(checks({ spam: 'fail' }))).toBe(true);
  expect(isUnsafe(checks({ virus: 'fail' }))).toBe(true);
  expect(isUnsafe(checks({ spam: 'pass', spf: 'fail' }))).toBe(false);
});
