import { type RejectedSample, type RejectedSamples } from '../../contract/rejected-samples';
import { type RunResult } from '../../contract/run';
import { digits, type MailContent } from './content';
import { endContent } from './end-mails';
import { createMailLayout } from './layout';

/** Lays out a run's report: the end mail's page, and what no mail may hold, samples of what was rejected. */
export function createReportPage(): (result: RunResult, rejected: readonly RejectedSamples[]) => string {
  const layOut = createMailLayout();
  return (result, rejected) => {
    const content = endContent({ kind: 'ended', result });
    const lists = [...content.lists, ...rejected.map((group) => listOf(result, group))];
    return layOut({ ...content, lists, reason: reasonOf(rejected) }).html;
  };
}

function listOf(result: RunResult, { by, reason, samples }: RejectedSamples): MailContent['lists'][number] {
  const items = samples.map(itemOf);
  if (by === 'braze') return { title: `Refused by Braze (samples): ${reason}`, ordered: false, items };
  const rows = result.snapshot?.unusable[reason];
  const inAll = rows === undefined ? 'samples' : `samples of ${digits(rows)}`;
  return { title: `Unusable rows (${inAll}): ${reason}`, ordered: false, items };
}

function itemOf({ value, place, rows }: RejectedSample): string {
  const where = place === undefined ? '' : `${place.object}, row ${digits(place.row)}: `;
  return `${where}${value}${rows > 1 ? ` (in ${digits(rows)} rows)` : ''}`;
}

function reasonOf(rejected: readonly RejectedSamples[]): string {
  return rejected.length === 0
    ? 'The report of a run of Brazier.'
    : 'The report of a run of Brazier. It holds identifiers of people: keep it as you keep such data.';
}
