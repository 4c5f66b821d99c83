import { WorkflowUpdateFailedError } from '@temporalio/client';
import { type Fault, ERROR_CATALOG, EXIT_CODES } from '../contract/errors';
import { type Actor } from '../contract/integration';
import { faultOfError, isRunEnded } from '../process/client-faults';

/** A failure as the command line tells it: what is wrong, who must act, what to do. */
export interface CliError {
  code: string;
  message: string;
  actor: Actor;
  /** What to do. */
  help: string;
  exitCode: number;
}

/** A fault on its way to the one place that reports it; `help` replaces the catalog's where that would mislead. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  readonly fault: Fault;
  readonly help: string | undefined;

  constructor(fault: Fault, help?: string) {
    super(fault.message);
    this.fault = fault;
    this.help = help;
  }
}

const WHO: Record<Actor, string> = {
  credentialOwner: 'the credential owner has to act',
  settingsOwner: 'the settings owner has to act',
  dataOwner: 'the data owner has to act',
  person: 'a person has to decide',
  wait: 'nobody has to act: wait',
  us: 'this is for the makers of Brazier',
};

/** Who must act, in words. */
export function whoActs(actor: Actor): string {
  return WHO[actor];
}

/** Any error, by the catalog, with the exit code that says who must act. */
export function cliErrorOf(error: unknown): CliError {
  if (error instanceof FaultError) return describeFault(error.fault, error.help);
  return describeFault(faultOfError(error), betterHelp(error));
}

/** Where the catalog, which speaks of inputs, would mislead whoever has sent a message to a run. */
function betterHelp(error: unknown): string | undefined {
  if (isRunEnded(error)) return 'Nothing more can be asked of it; look at it with "brazier runs show".';
  if (error instanceof WorkflowUpdateFailedError && faultOfError(error).code === 'INPUT_INVALID')
    return 'Look at the run first, with "brazier status".';
  return undefined;
}

function describeFault({ code, message }: Fault, help?: string): CliError {
  const { actor, help: catalogHelp } = ERROR_CATALOG[code];
  return { code, message, actor, help: help ?? catalogHelp, exitCode: EXIT_CODES[actor] };
}

/** The sentence for people: what is wrong, who must act, what to do. */
export function errorSentence({ code, message, actor, help }: CliError): string {
  return `${code}: ${withFullStop(message)} — ${whoActs(actor)} — ${help}`;
}

function withFullStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The value of a good outcome; a bad one is thrown to where errors are reported. */
export function unwrap<T>(outcome: { ok: true; value: T } | { ok: false; fault: Fault }): T {
  if (outcome.ok) return outcome.value;
  throw new FaultError(outcome.fault);
}
