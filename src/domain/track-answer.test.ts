import fc from 'fast-check';
import { readTrackAnswer } from './track-answer';

const error = (index?: unknown, type: unknown = 'bad id', array = 'attributes') => ({
  type,
  input_array: array,
  ...(index === undefined ? {} : { index }),
});
const said = (errors: unknown, message = 'success') => JSON.stringify({ message, errors });

describe('an answer of 2xx', () => {
  test.each([['{"message":"success"}'], [said([])], [said(null)], [said('none')]])(
    '%s accepts every object',
    (body) => {
      expect(readTrackAnswer(201, body, 3)).toEqual({ kind: 'perRecord', rejected: [], ambiguous: [] });
    },
  );

  test('rejects the named and accepts the others', () => {
    expect(readTrackAnswer(201, said([error(2), error(0, 'bad mail')]), 3)).toEqual({
      kind: 'perRecord',
      rejected: [
        [2, 'bad id'],
        [0, 'bad mail'],
      ],
      ambiguous: [],
    });
  });

  test.each([
    ['no index', error()],
    ['an index beyond the request', error(3)],
    ['a negative index', error(-1)],
    ['half an index', error(0.5)],
    ['an index that is a text', error('1')],
    ['an index into another array', error(1, 'bad id', 'events')],
    ['only a text', 'bad id'],
    ['nothing', null],
  ])('with an error that has %s: whoever is not named is in doubt', (_, unnamed) => {
    expect(readTrackAnswer(201, said([error(0), unnamed]), 3)).toEqual({
      kind: 'perRecord',
      rejected: [[0, 'bad id']],
      ambiguous: [1, 2],
    });
  });

  test('takes an error without an array to be about attributes, the only array that is sent', () => {
    expect(readTrackAnswer(201, said([{ index: 1, type: 'bad id' }]), 2)).toMatchObject({
      rejected: [[1, 'bad id']],
      ambiguous: [],
    });
  });

  test('has a reason even where Braze gives none', () => {
    expect(readTrackAnswer(201, said([{ index: 0 }]), 1)).toMatchObject({
      rejected: [[0, 'refused without a reason']],
    });
  });

  test.each([
    [error(), 'bad id'],
    ['too long', 'too long'],
    [null, 'unnamed refusal'],
  ])(
    'a single object is what an error without an index is about, in Braze’s own words: %j',
    (unnamed, reason) => {
      expect(readTrackAnswer(201, said([unnamed]), 1)).toEqual({
        kind: 'perRecord',
        rejected: [[0, reason]],
        ambiguous: [],
      });
    },
  );

  test.each([[''], ['<html>'], ['{"message":"succ'], ['7'], ['null']])(
    'that is not a JSON object (%j) proves nothing',
    (body) => {
      expect(readTrackAnswer(201, body, 3).kind).toBe('uncertain');
    },
  );
});

describe('an answer of 4xx', () => {
  test.each([
    [401, 'BRAZE_KEY_REJECTED'],
    [403, 'BRAZE_PERMISSION_MISSING'],
    [404, 'BRAZE_ENDPOINT_INVALID'],
  ])('%d stops everything with %s, and repeats nothing of the body', (status, code) => {
    const verdict = readTrackAnswer(status, '{"message":"Invalid API key: k-1234"}', 3);
    expect(verdict).toMatchObject({ kind: 'stop', code });
    expect(JSON.stringify(verdict)).not.toContain('k-1234');
  });

  test('429 is a pause', () => {
    expect(readTrackAnswer(429, '', 3)).toEqual({ kind: 'throttled' });
  });

  test('413 is narrowed', () => {
    expect(readTrackAnswer(413, 'Request Entity Too Large', 3).kind).toBe('refusedWhole');
  });

  test('400 with a list refuses the named; of the others Braze says nothing', () => {
    expect(readTrackAnswer(400, said([error(1)], 'Valid data must be provided'), 3)).toEqual({
      kind: 'perRecord',
      rejected: [[1, 'bad id']],
      ambiguous: [0, 2],
    });
  });

  test.each([
    ['{"message":"Invalid JSON in request body"}', 'Invalid JSON in request body'],
    [said([], 'Invalid JSON in request body'), 'Invalid JSON in request body'],
    ['{"errors":7}', 'Braze answered 400'],
    ['<html>', 'Braze answered 400'],
  ])('400 with %s refuses the request as a whole', (body, reason) => {
    expect(readTrackAnswer(400, body, 3)).toEqual({ kind: 'refusedWhole', reason });
  });

  test('too many objects is a wrong setting; a single object is not too many', () => {
    const body = '{"message":"Max Input Length Exceeded"}';
    expect(readTrackAnswer(400, body, 76)).toMatchObject({ kind: 'stop', code: 'BRAZE_BATCH_TOO_LARGE' });
    expect(readTrackAnswer(400, body, 1)).toMatchObject({ kind: 'refusedWhole' });
  });
});

test.each([[408], [500], [502], [503], [504], [302]])('%d may or may not have been applied', (status) => {
  expect(readTrackAnswer(status, '{"message":"success"}', 3)).toMatchObject({ kind: 'uncertain' });
});

test('every object of a request is in exactly one group, whatever the errors look like', () => {
  const anyError = fc.oneof(
    fc.integer({ min: -2, max: 9 }).map((index) => error(index)),
    fc.constant(error()),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(201, 400),
      fc.array(anyError, { maxLength: 6 }),
      fc.integer({ min: 1, max: 8 }),
      (status, errors, size) => {
        const verdict = readTrackAnswer(status, said(errors), size);
        if (verdict.kind !== 'perRecord') {
          expect(verdict.kind).toBe('refusedWhole');
          return;
        }
        const named = [...verdict.rejected.map(([at]) => at), ...verdict.ambiguous];
        expect(new Set(named).size).toBe(named.length);
        expect(named.every((at) => Number.isInteger(at) && at >= 0 && at < size)).toBe(true);
        if (status === 400) expect(named).toHaveLength(size);
      },
    ),
  );
});
