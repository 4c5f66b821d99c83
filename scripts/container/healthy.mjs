/* global fetch, AbortSignal */
// Health check of a container that has no curl: ends with 0 if the address answers 2xx within four seconds.
const [address = ''] = process.argv.slice(2);

try {
  const answer = await fetch(address, { signal: AbortSignal.timeout(4_000) });
  if (!answer.ok) console.error(`${answer.status} ${await answer.text()}`);
  process.exitCode = answer.ok ? 0 : 1;
} catch {
  console.error('no answer');
  process.exitCode = 1;
}
