import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import pino from 'pino';
import { renderOpenApiFile } from '../../scripts/generate-openapi';
import { createActivationBook } from '../../src/gateway/api/activation-book.test-support';
import { renderOpenApi } from '../../src/gateway/api/open-api';
import { apiRoutes } from '../../src/gateway/api/routes';
import { eventRoutes } from '../../src/gateway/events/routes';

const ROOT = join(__dirname, '..', '..');
const FILE = join(ROOT, 'docs', 'openapi.json');

test('docs/openapi.json is what the gateway says of itself', () => {
  expect(readFileSync(FILE, 'utf8')).toBe(renderOpenApiFile());
});

test('it is valid OpenAPI 3.1', async () => {
  const validator = join(ROOT, 'scripts', 'validate-openapi.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [validator, FILE]);
  expect(stdout).toContain('valid OpenAPI 3.1');
});

test('every route is described, and nothing else is', async () => {
  const app = Fastify();
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const name of [method].flat()) if (name !== 'HEAD') routes.push(`${name} ${url}`);
  });
  const logger = pino({ level: 'silent' });
  apiRoutes(app, { activations: createActivationBook(), streaming: undefined, apiCallers: [], logger });
  eventRoutes(app, { eventSources: [], capture: undefined, logger, now: Date.now });
  await app.ready();
  await app.close();
  const paths = renderOpenApi()['paths'];
  const described = Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.keys(methods as object).map(
      (method) => `${method.toUpperCase()} /v1${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ),
  );
  expect(described.length).toBeGreaterThan(9);
  expect(routes.sort()).toEqual(described.sort());
});
