import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderJsonSchemas } from '../../scripts/generate-json-schemas';

const FOLDER = join(__dirname, '..', '..', 'src', 'contract', 'schemas', 'json');

test('the JSON Schemas are what the schemas say, and there is no other', () => {
  const kept = new Map(
    readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const),
  );
  expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(renderJsonSchemas()));
});

test('no part of a schema was left open because it could not be told', () => {
  const open: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    if (Object.keys(schema).every((key) => key === 'default' || key === 'description')) open.push(path);
    if ('items' in schema) walk(schema.items, `${path}[]`);
    if (!('properties' in schema) || typeof schema.properties !== 'object') return;
    for (const [name, child] of Object.entries(schema.properties ?? {})) walk(child, `${path}.${name}`);
  };
  for (const [file, text] of renderJsonSchemas()) walk(JSON.parse(text), file);
  expect(open).toEqual([]);
});
