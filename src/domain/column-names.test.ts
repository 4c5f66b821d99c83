import { describeColumns } from './column-names';

test.each([
  [['id', 'email', 'createdAt'], 'Columns: "id", "email", "createdAt"'],
  [['External ID', 'first_name'], 'Columns: "External ID", "first_name"'],
  [
    ['kim@example.com', 'email'],
    'Columns: "email", and 1 whose names are not repeated here, since they may be a first row of data',
  ],
  [['kim', '4711'], 'Columns: 2 whose names are not repeated here, since they may be a first row of data'],
])('%j', (columns, told) => {
  expect(describeColumns(columns, 'external_id')).toBe(told);
});

test('what was wanted is shown in the spelling that is there', () => {
  expect(describeColumns(['KUNDEN-NR'], 'kunden_nr')).toBe('Columns: "KUNDEN-NR"');
});
