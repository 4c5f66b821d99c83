import { z } from 'zod';

const mailsSchema = z.array(z.object({ subject: z.string().default('') }));

/** How many mails of each kind have come: subjects without the audience's name and with every number alike. */
export async function mailsBySubject(webUrl: string): Promise<Record<string, number>> {
  const mails = mailsSchema.parse(await (await fetch(`${webUrl}/email`)).json());
  const counts: Record<string, number> = {};
  for (const { subject } of mails) {
    const kind = subject.replaceAll(/'chaos-\d+'/g, "'…'").replaceAll(/\d[\d,]*/g, 'n');
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
