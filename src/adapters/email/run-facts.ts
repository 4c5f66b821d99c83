import { type RunResult, type RunStatus } from '../../contract/run';
import { amount, digits } from './content';

type Fact = [label: string, value: string];

/** Which audience a run is about, for the table of every mail. */
export function audienceFacts(status: RunStatus): Fact[] {
  return [
    ['Audience', status.audience],
    ['Attribute', status.attribute],
    ['Integration', status.integration],
    ['List action', status.listAction],
    ...fact(status.source !== undefined, 'Source', () => status.source ?? ''),
    ...fact(status.scheduledFor !== undefined, 'Scheduled for', () => status.scheduledFor ?? ''),
  ];
}

/** How many entered and left, exactly if it is known and as planned otherwise. */
export function movement(status: RunStatus): string {
  const { entered, left } = moved(status);
  if (entered !== undefined && left !== undefined) return `${digits(entered)} entered, ${digits(left)} left`;
  if (status.sent !== undefined) return `${amount(status.sent.accepted, 'change')} accepted`;
  return 'nothing sent';
}

/** The numbers of a plan, before anything is sent. */
export function planFacts(status: RunStatus): Fact[] {
  const { plan, forecast } = status;
  if (plan === undefined) return [];
  return [
    ['Would enter', amount(plan.add, 'member')],
    ['Would leave', `${amount(plan.remove, 'member')} of ${digits(plan.ledger)} held now`],
    ['Would stay', amount(plan.stay, 'member')],
    ['In the source', amount(plan.source, 'member')],
    ...fact(forecast !== undefined, 'Requests to Braze', () => digits(forecast?.requests ?? 0)),
  ];
}

/** The numbers of what was sent. */
export function sentFacts(status: RunStatus): Fact[] {
  const { plan, sent } = status;
  const { entered, left } = moved(status);
  return [
    ...fact(entered !== undefined, 'Entered', () => amount(entered ?? 0, 'member')),
    ...fact(left !== undefined, 'Left', () => amount(left ?? 0, 'member')),
    ...fact(entered === undefined && sent !== undefined, 'Accepted', () =>
      amount(sent?.accepted ?? 0, 'change'),
    ),
    ...fact(plan !== undefined, 'Stayed', () => amount(plan?.stay ?? 0, 'member')),
    ...fact((plan?.leaversKept ?? 0) > 0, 'Kept though not in the source', () =>
      amount(plan?.leaversKept ?? 0, 'member'),
    ),
    ...fact(sent !== undefined, 'Rejected by Braze', () => amount(sent?.rejected ?? 0, 'member')),
    ...fact(sent !== undefined, 'Outcome unknown', () => amount(sent?.unknown ?? 0, 'member')),
    ...fact(sent !== undefined, 'Not sent', () => amount(sent?.unsent ?? 0, 'member')),
    ...skippedRows(status),
  ];
}

/** What reading back showed; never more than was read. */
export function readBack(status: RunStatus): string | undefined {
  const { verification } = status;
  if (verification === undefined) return undefined;
  if (verification.skipped !== undefined) return `nothing was read back: ${verification.skipped}`;
  const { checked, changed, matching } = verification;
  return `${digits(checked)} of ${digits(changed)} read back, ${digits(matching)} match`;
}

/** Verification in detail. */
export function verificationFacts(status: RunStatus): Fact[] {
  const summary = readBack(status);
  if (summary === undefined) return [];
  const { late = 0, notInBraze = 0, atCap = 0 } = status.verification ?? {};
  return [
    ['Read back', summary],
    ...fact(late > 0, 'Not changed in time', () => amount(late, 'profile')),
    ...fact(notInBraze > 0, 'Not in Braze', () => amount(notInBraze, 'profile')),
    ...fact(atCap > 0, 'Attribute full', () => amount(atCap, 'profile')),
  ];
}

/** How the awaited e-mail step ended, by whom and when. */
export function confirmationFacts(status: RunStatus): Fact[] {
  const { confirmation } = status;
  if (confirmation === undefined || confirmation.answer === 'notAsked') return [];
  const sentence = {
    right: 'confirmed',
    notRight: 'answered "not right"',
    timedOut: 'nobody answered in time',
    superseded: 'ended by a later run',
  }[confirmation.answer];
  const who = confirmation.by === undefined ? '' : ` by ${confirmation.by}`;
  const when = confirmation.at === undefined ? '' : ` on ${confirmation.at}`;
  return [['Confirmation', `${sentence}${who}${when}`]];
}

/** Where the report and the rejected members are kept; their content never travels by mail. */
export function reportFacts(result: RunResult): Fact[] {
  return [
    ...fact(result.reportKey !== undefined, 'Report (state bucket)', () => result.reportKey ?? ''),
    ...(result.rejectedKeys ?? []).map((key): Fact => ['Rejected members (state bucket)', key]),
  ];
}

/** Braze counts per operation only where the run knows them; a plan that was accepted as a whole says the same. */
function moved(status: RunStatus): { entered?: number; left?: number } {
  const { sentBy, plan, sent } = status;
  if (sentBy !== undefined) return { entered: sentBy.add.accepted, left: sentBy.remove.accepted };
  if (plan === undefined || sent?.accepted !== plan.add + plan.remove) return {};
  return { entered: plan.add, left: plan.remove };
}

function skippedRows(status: RunStatus): Fact[] {
  const counts = status.snapshot;
  if (counts === undefined) return [];
  const unusable = Object.values(counts.unusable).reduce((sum, count) => sum + count, 0);
  const skipped = counts.blank + unusable;
  return [
    ...fact(skipped > 0, 'Rows without a usable identifier', () => amount(skipped, 'row')),
    ...fact(counts.duplicate > 0, 'Repeated rows', () => amount(counts.duplicate, 'row')),
  ];
}

function fact(present: boolean, label: string, value: () => string): Fact[] {
  return present ? [[label, value()]] : [];
}
