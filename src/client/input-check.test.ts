import { type Client } from '@temporalio/client';
import { fault, success } from '../contract/errors';
import { Engagements } from './engagements';
import { checked, InputRefusedError } from './input-check';

function refusal(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    if (error instanceof InputRefusedError) return `${error.fault.code}: ${error.message}`;
    throw error;
  }
  return 'not refused';
}

test('a good input is given back as it came', () => {
  const input = { integration: 'shop' };
  expect(checked(input, success(undefined))).toBe(input);
});

test('what is wrong or too large is refused before Temporal sees it', () => {
  expect(refusal(() => checked({}, fault('INPUT_INVALID', 'name: is missing.')))).toBe(
    'INPUT_INVALID: name: is missing. Nothing was sent to Temporal.',
  );
  const values = { bio: 'x'.repeat(3_000_000) };
  expect(refusal(() => checked({ values }, success(undefined)))).toMatch(
    /^INPUT_INVALID: .* is in values\.bio\. Nothing was sent to Temporal\.$/,
  );
});

test('an integration that would be a part of a query is a name, or nothing is asked', async () => {
  // Nothing may be asked of it.
  const temporal = Object.create(null) as Client;
  const listing = new Engagements(temporal).list("shop' OR WorkflowType = 'activateAudience");
  await expect(listing.next()).rejects.toThrow(/integration: .* Nothing was sent to Temporal\.$/);
});
