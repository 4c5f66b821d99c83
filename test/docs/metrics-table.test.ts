import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { CaptureMetrics } from '../../src/observability/capture-metrics';
import { GatewayMetrics, WorkerMetrics } from '../../src/observability/metrics';

test('docs/operating.md lists every figure with its kind and labels, and no other', async () => {
  const registry = new Registry();
  const owners = [new WorkerMetrics(registry), new GatewayMetrics(registry), new CaptureMetrics(registry)];
  expect(owners).toHaveLength(3);
  const registered = await registry.getMetricsAsJSON();
  const operating = readFileSync(join(__dirname, '../../docs/operating.md'), 'utf8');
  const rows = [...operating.matchAll(/^\| `(brazier_\w+)` +\| (\w+)/gm)].map(([, name, kind]) => [
    name,
    kind,
  ]);
  expect(rows.sort()).toEqual(registered.map(({ name, type }) => [name, String(type)]).sort());
});
