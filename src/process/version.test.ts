import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { USER_AGENT, VERSION } from './version';

test('the version is that of the package, and Braze is told it', async () => {
  const text = await readFile(join(__dirname, '..', '..', 'package.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version: VERSION });
  // https://www.braze.com/docs/partners/isv_partners/api_partner/ (read 2026-11): partner-[organisation]-[product]/[version]
  expect(USER_AGENT).toMatch(/^partner-[A-Za-z]+-[A-Za-z]+\/\d+\.\d+\.\d+$/);
});
