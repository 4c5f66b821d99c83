/** How a mail feels at first sight: all is well, somebody should look, something went wrong. */
export type MailTone = 'good' | 'attention' | 'bad';

/** A mail before it is laid out; both the HTML and the text variant show all of it, in this order. */
export interface MailContent {
  subject: string;
  tone: MailTone;
  headline: string;
  /** What a reader needs who reads nothing else. */
  paragraphs: string[];
  /** Label and value. */
  facts: [label: string, value: string][];
  button?: { label: string; url: string; note: string } | undefined;
  lists: { title: string; ordered: boolean; items: string[] }[];
  /** Commands and other text to be copied exactly. */
  code: { title: string; text: string }[];
  /** Why the reader gets this mail. */
  reason: string;
}

/** A whole number with separators and its unit, e.g. `3,817 members`. */
export function amount(count: number, singular: string, plural = `${singular}s`): string {
  return `${digits(count)} ${count === 1 ? singular : plural}`;
}

/** A whole number with separators. */
export function digits(count: number): string {
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(count);
}

/** A duration in its largest sensible units, e.g. `3 days` or `1 hour 30 minutes`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units: [string, number][] = [
    ['day', Math.floor(whole / 86_400)],
    ['hour', Math.floor(whole / 3600) % 24],
    ['minute', Math.floor(whole / 60) % 60],
    ['second', whole % 60],
  ];
  const parts = units.filter(([, count]) => count > 0).slice(0, 2);
  return parts.length === 0 ? '0 seconds' : parts.map(([unit, count]) => amount(count, unit)).join(' ');
}

/** A moment as everybody reads it the same way. */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** An argument of a shell command, safe whatever it contains. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
