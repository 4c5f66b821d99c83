import { segmentAdvice } from './segment-advice';

const VIP = { audience: 'VIP', attribute: 'lexer_audience' };

test('a segment that is there needs no steps', () => {
  expect(segmentAdvice(VIP, { id: 's1', name: 'Very important' })).toEqual({
    exists: true,
    id: 's1',
    name: 'Very important',
    steps: [],
  });
});

test('a missing segment is described so that a person can make it: name, attribute and exact value', () => {
  const advice = segmentAdvice(VIP);
  expect(advice).toMatchObject({ exists: false, name: 'VIP' });
  expect(advice).not.toHaveProperty('id');
  const text = advice.steps.join('\n');
  expect(text).toContain('Name it "VIP"');
  expect(text).toContain('Custom Attributes > lexer_audience');
  expect(text).toMatch(/enter exactly: VIP$/m);
});
