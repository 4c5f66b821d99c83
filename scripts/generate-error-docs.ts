import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERROR_CATALOG, EXIT_CODES, type ErrorEntry } from '../src/contract/errors';
import { type Actor } from '../src/contract/integration';

interface ActorText {
  title: string;
  /** Who that is, in one sentence. */
  who: string;
}

const ACTORS: Record<Actor, ActorText> = {
  credentialOwner: {
    title: 'The credential owner',
    who: 'Whoever issues keys: the REST key in Braze, the access keys in S3, the login of the mail server.',
  },
  settingsOwner: {
    title: 'The settings owner',
    who: 'Whoever wrote the input or configures the deployment.',
  },
  dataOwner: { title: 'The data owner', who: 'Whoever delivers the source.' },
  person: { title: 'A person who is asked', who: 'Somebody has to decide, or should have decided.' },
  wait: { title: 'Nobody: wait', who: 'The other side is busy or away. What can be tried again is.' },
  us: {
    title: 'The operators of Brazier',
    who: 'Something is wrong inside. Look at the run, then report it.',
  },
};

/** `docs/errors.md`: every code of the catalog, by who has to act. */
export function renderErrorDocs(): string {
  const sections = keysOf(ACTORS).map((actor) => renderActor(actor, entriesOf(actor)));
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Errors

Every failure that Brazier tells anyone about has one of these codes. A code is the \`type\` of the Temporal failure, the \`code\` of
a run's \`error\`, and what the command line and the gateway answer. Codes are public: they are never renamed and never reused.

The text of a failure says what was seen. This page says what to do. It is generated from \`src/contract/error-catalog\` by
\`node dist/scripts/generate-error-docs.js\`; do not edit it by hand.

The command line ends with the number given for each group, with ${EXIT_CODES.ok} when all went well and with ${EXIT_CODES.usage} when a command was
written wrongly.`;

function renderActor(actor: Actor, entries: [code: string, entry: ErrorEntry][]): string {
  const { title, who } = ACTORS[actor];
  const codes = entries.map(([code, { help, retryable }]) => `### ${code}\n\n${help}${retried(retryable)}`);
  return [`## ${title}: exit code ${EXIT_CODES[actor]}`, who, ...codes].join('\n\n');
}

function retried(retryable: boolean): string {
  return retryable ? '\n\n_Tried again without anyone’s help._' : '';
}

function entriesOf(actor: Actor): [string, ErrorEntry][] {
  return Object.entries(ERROR_CATALOG).filter(([, entry]) => entry.actor === actor);
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  // Object.keys forgets the key type that the record's declaration guarantees.
  return Object.keys(record) as Key[];
}

if (require.main === module) writeFileSync(join(process.cwd(), 'docs', 'errors.md'), renderErrorDocs());
