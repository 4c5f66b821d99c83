import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LATE_MS } from '../../src/adapters/postgres/call-tail';

const ROOT = join(__dirname, '..', '..');

test.each(['docs/engagements.md', 'docs/http-api.md', 'docs/openapi.json'])(
  '%s says how long after its end a call is listed',
  (page) => {
    const said = readFileSync(join(ROOT, page), 'utf8').match(
      /\d+ seconds (?:later|after (?:that|their end))/g,
    );
    expect(new Set(said?.map((words) => Number.parseInt(words, 10)))).toEqual(new Set([LATE_MS / 1_000]));
  },
);
