import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(__dirname, '..');
const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

describe('dependencies that have to fit together', () => {
  it('pins all of Temporal’s packages exactly and equal', async () => {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')));
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    const versions = Object.entries(all).filter(([name]) => name.startsWith('@temporalio/'));
    expect(versions.length).toBeGreaterThan(5);
    expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
    expect(versions[0]?.[1]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('lets Temporal’s packages share one protobufjs, without which payload types are not recognised', () => {
    const resolved = ['common', 'proto', 'worker'].map((name) =>
      createRequire(join(ROOT, 'node_modules', '@temporalio', name, 'package.json')).resolve('protobufjs'),
    );
    expect(new Set(resolved).size).toBe(1);
  });

  it('keeps download addresses out of the lockfile', async () => {
    expect(await readFile(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved":\s*"https?:/);
  });
});
