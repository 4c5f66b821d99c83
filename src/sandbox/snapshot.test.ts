import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxStateError } from './snapshot';
import { attributesOf, openTestWorkspace, TEST_KEY } from './test-workspace';

describe('the state file', () => {
  let folder: string;
  let statePath: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sandbox-state-'));
    statePath = join(folder, 'deeper', 'state.ndjson');
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('brings profiles, attributes, segments and braze_ids back; what waited is applied before it is saved', async () => {
    const first = await openTestWorkspace({ statePath, seed: 42, applyLagMs: 60_000 });
    await first.call('POST', '/_sandbox/segments', { segments: [{ id: 's', name: 'S' }] });
    await first.call('POST', '/_sandbox/attributes', {
      attributes: [{ name: 'list', dataType: 'array', arrayLength: 7 }],
    });
    await first.track({
      attributes: [
        { external_id: 'a', email: 'a@example.com', list: { add: ['x'] } },
        { user_alias: { alias_name: 'n', alias_label: 'l' }, _update_existing_only: false, y: 1 },
      ],
      events: [{ external_id: 'a', name: 'seen', time: '2026-01-01T00:00:00Z' }],
    });
    first.sandbox.workspace.pending.flush();
    const before = await first.read('a');
    await first.track({ attributes: [{ external_id: 'a', late: true }] });
    await first.close();

    const second = await openTestWorkspace({ statePath });
    const after = await second.read('a');
    expect(after).toEqual({ ...before, custom_attributes: { list: ['x'], late: true } });
    const byAlias = await second.call('POST', '/users/export/ids', {
      user_aliases: [{ alias_name: 'n', alias_label: 'l' }],
    });
    expect(byAlias.json['users']).toHaveLength(1);
    expect((await second.call('GET', '/segments/details?segment_id=s')).status).toBe(200);
    expect(second.sandbox.workspace.registry.get('list')?.arrayLength).toBe(7);
    await second.track({ attributes: [{ email: 'a@example.com', found: true }] });
    expect(attributesOf(await second.read('a'))['found']).toBe(true);
    await second.close();
    expect(await readFile(statePath, 'utf8')).not.toContain(TEST_KEY);
  });

  test('is saved while the sandbox runs', async () => {
    const braze = await openTestWorkspace({ statePath, snapshotEveryMs: 10 });
    await braze.track({ attributes: [{ external_id: 'saved', x: 1 }] });
    const saved = async (): Promise<boolean> =>
      readFile(statePath, 'utf8').then(
        (text) => text.includes('saved'),
        () => false,
      );
    while (!(await saved())) await new Promise((resolve) => setTimeout(resolve, 10));
    await braze.close();
  });

  test('that is cut short or not ours is refused, and left as it is', async () => {
    const braze = await openTestWorkspace({ statePath });
    await braze.track({
      attributes: [
        { external_id: 'a', x: 1 },
        { external_id: 'b', x: 1 },
      ],
    });
    await braze.close();
    const { length } = await readFile(statePath);
    await truncate(statePath, length - 5);
    await expect(openTestWorkspace({ statePath })).rejects.toThrow(SandboxStateError);
    expect((await readFile(statePath)).length).toBe(length - 5);
    await writeFile(statePath, '{"something":"else"}\n');
    await expect(openTestWorkspace({ statePath })).rejects.toThrow(SandboxStateError);
  });
});
