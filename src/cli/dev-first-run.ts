import { isAbsolute, join, relative } from 'node:path';
import { DEV_INTEGRATION } from './dev-sources';
import { shellWord } from './next-steps';

const PEOPLE = 'c-1 and c-2';
const BUYER = 'c-17';
const AS_JSON = `-H 'Content-Type: application/json'`;
const TO_BRAZE = `-H "Authorization: Bearer $BRAZIER_DEV_BRAZE_KEY" ${AS_JSON}`;

/** What is typed for a first run of both halves, in order; `docs/first-run.md` has the same with explanations. */
export function firstRunCommands(example: (name: string) => string): { why: string; lines: string[] }[] {
  return [
    { why: 'connect the Braze sandbox', lines: ['brazier setup --file "$BRAZIER_DEV_SETUP_FILE"'] },
    {
      why: `an audience: Braze gets to know ${PEOPLE}, a file comes, a dry run, and then for real`,
      lines: [
        `curl -sS "$BRAZIER_DEV_BRAZE_URL/users/track" ${TO_BRAZE} -w '\\n' -d '{"attributes": [{"external_id": "c-1"}, {"external_id": "c-2"}]}'`,
        `curl -sS --aws-sigv4 aws:amz:us-east-1:s3 --user "$BRAZIER_DEV_S3_ACCESS_KEY_ID:$BRAZIER_DEV_S3_SECRET_ACCESS_KEY" -T ${example('active-customers.csv.gz')} "$BRAZIER_DEV_EXCHANGE_URL/audiences/active-customers.csv.gz"`,
        `brazier activate --file ${example('activate-audience.json')}`,
        `brazier activate --integration ${DEV_INTEGRATION} --audience "Active customers" --key audiences/active-customers.csv.gz --id-column customer_id --confirmation none --accept-terms-by "Ada Example"`,
      ],
    },
    {
      why: 'an engagement: what is sent, its test, who is sent, and both together',
      lines: [
        `brazier external-api save --file ${example('external-api.json')} --by "Ada Example"`,
        `brazier external-api test --file ${example('test-external-api.json')}`,
        `brazier segment save --file ${example('segment.json')} --by "Ada Example"`,
        `brazier engagement activate --file ${example('activate-engagement.json')}`,
      ],
    },
    {
      why: `three purchases of ${BUYER}, the call that the third one causes, and what Braze holds then`,
      lines: [
        `curl -sS "$BRAZIER_GATEWAY_URL/v1/events" -H "Authorization: Bearer $BRAZIER_DEV_EVENT_KEY" ${AS_JSON} -w '\\n' -d @${example('events.json')}`,
        `brazier engagement tail ${DEV_INTEGRATION} --since 1h --count 1`,
        `curl -sS "$BRAZIER_DEV_BRAZE_URL/users/export/ids" ${TO_BRAZE} -w '\\n' -d '{"external_ids": ["${BUYER}", "c-1"], "fields_to_export": ["external_id", "custom_attributes"]}'`,
      ],
    },
  ];
}

/** The same as `dev` shows them, once it runs. */
export function firstRunLines(envFile: string, root: string, folder: string): string[] {
  const near = relative(folder, root);
  const base = near.startsWith('..') || isAbsolute(near) ? root : near;
  const example = (name: string) => shellWord(join(base, 'examples', name));
  return [
    'A first run, in another shell (docs/first-run.md explains it):',
    `  . ${shellWord(envFile)}`,
    ...firstRunCommands(example).flatMap(({ why, lines }) => [
      `  # ${why}`,
      ...lines.map((line) => `  ${line}`),
    ]),
  ];
}
