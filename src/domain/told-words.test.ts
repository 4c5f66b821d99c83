import { toldWords } from './told-words';

test.each([
  ['invalid attribute "plan"', 'invalid attribute "plan"'],
  ['a\u0000b\r\n\u001b[31mc', 'a b [31mc'],
  ['x\ud83d', 'x'],
  ['\ude00y 😀', 'y 😀'],
  ['', ''],
])('%j is told as %j', (words, told) => expect(toldWords(words)).toBe(told));

test('a page is cut, and never within a character', () => {
  expect(toldWords('é'.repeat(1_000_000))).toBe(`${'é'.repeat(500)}…`);
  expect(toldWords('abc😀', 4)).toBe('abc…');
  expect(toldWords('abcd', 4)).toBe('abcd');
});
