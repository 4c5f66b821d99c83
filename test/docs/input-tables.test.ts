import { z } from 'zod';
import { activateAudienceSchema } from '../../src/contract/schemas/activate-audience';
import { audienceScheduleSchema } from '../../src/contract/schemas/audience-schedule';
import { setupIntegrationSchema } from '../../src/contract/schemas/setup-integration';
import { page } from './markdown-pages';

interface Shape {
  properties?: Record<string, Shape> | undefined;
  anyOf?: Shape[] | undefined;
  oneOf?: Shape[] | undefined;
}
const shapeSchema: z.ZodType<Shape> = z.lazy(() =>
  z.object({
    properties: z.record(z.string(), shapeSchema).optional(),
    anyOf: z.array(shapeSchema).optional(),
    oneOf: z.array(shapeSchema).optional(),
  }),
);

/** Paths of the fields that hold values, such as `source.csv.quote`. */
function fields({ properties = {}, anyOf = [], oneOf = [] }: Shape, path = ''): string[] {
  const own = Object.entries(properties).flatMap(([name, shape]) => {
    const inner = fields(shape, `${path}${name}.`);
    return inner.length > 0 ? inner : [`${path}${name}`];
  });
  return [...new Set([...own, ...[...anyOf, ...oneOf].flatMap((shape) => fields(shape, path))])];
}

function fieldsOf(schema: z.ZodType): string[] {
  return fields(shapeSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })));
}

/** First cells of a section's table; `.quote` after `source.csv.delimiter` means its neighbour. */
function documented(path: string, heading: string): Set<string> {
  const section = page(path).text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const found = new Set<string>();
  for (const [, cell = ''] of section.matchAll(/^\| (`[^|]*)\|/gm)) {
    let folder = '';
    for (const [, name = ''] of cell.matchAll(/`([\w.]+)`/g)) {
      if (!name.startsWith('.')) folder = name.replace(/[^.]*$/, '');
      found.add(name.startsWith('.') ? `${folder}${name.slice(1)}` : name);
    }
  }
  return found;
}

test.each([
  ['setupIntegration', setupIntegrationSchema],
  ['activateAudience', activateAudienceSchema],
] as const)('docs/inputs.md has every field of %s', (heading, schema) => {
  const known = documented('docs/inputs.md', heading);
  const all = fieldsOf(schema);
  expect(all.length).toBeGreaterThan(15);
  expect(all.filter((field) => !known.has(field))).toEqual([]);
});

test('docs/schedules.md has every field of a schedule', () => {
  const known = documented('docs/schedules.md', 'The input');
  const own = fieldsOf(audienceScheduleSchema).filter((field) => field.startsWith('schedule.'));
  expect(own.length).toBeGreaterThan(8);
  expect(own.filter((field) => !known.has(field.replace('schedule.', '')))).toEqual([]);
});
