import { betterDelimiter } from './csv-delimiter';

test('a header that is one column may have been read with the wrong delimiter', () => {
  expect(betterDelimiter(['id;name'], ',')).toBe(';');
  expect(betterDelimiter(['id\tname'], ',')).toBe('\t');
  expect(betterDelimiter(['id,name'], ';')).toBe(',');
  expect(betterDelimiter(['id,name'], ',')).toBeUndefined();
  expect(betterDelimiter(['id', 'a;b'], ',')).toBeUndefined();
  expect(betterDelimiter([], ',')).toBeUndefined();
});
