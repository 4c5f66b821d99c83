/** What decides whether a person wrote a mail. Header names are lower-case. */
export interface MailHead {
  /** Address of the sender, without a display name. */
  from: string;
  subject: string;
  headers: Readonly<Record<string, readonly string[]>>;
}

/**
 * Why a mail was not written by a person: an answer that a mailbox gave by itself, a delivery report, one of
 * Brazier's own mails, or a notice that some system sent unasked.
 */
export type AutomaticMail = 'reply' | 'bounce' | 'own' | 'notice';

/** Header that marks every mail Brazier sends, so that one that comes back is known. */
export const OWN_MAIL_HEADER = 'x-brazier-mail';

const REPLY_HEADERS = [
  'x-autoreply',
  'x-autorespond',
  'x-autoresponder',
  'x-autoreply-from',
  'x-mail-autoreply',
  'x-ms-exchange-inbox-rules-loop',
];
const BOUNCE_TYPES = ['multipart/report', 'message/delivery-status', 'message/disposition-notification'];
const BOUNCE_SUBJECTS = [
  'undeliverable',
  'undelivered mail',
  'delivery status notification',
  'mail delivery failed',
  'mail delivery failure',
  'delivery has failed',
  'delivery failure',
  'returned mail',
  'failure notice',
  'unzustellbar',
  'non remis',
  'no se puede entregar',
];
/** Phrases that mark an absence notice wherever they stand in the subject. */
const ABSENCE_PHRASES = [
  ...['automatic reply', 'automatic response', 'auto-reply', 'auto reply', 'autoreply', 'auto response'],
  ...['out of office', 'out of the office', 'out-of-office', 'on vacation', 'on annual leave'],
  ...['abwesenheitsnotiz', 'abwesenheitsnachricht', 'abwesenheitsmeldung', 'automatische antwort'],
  ...['réponse automatique', 'absence du bureau', 'absent du bureau', 'absente du bureau'],
  ...['respuesta automática', 'fuera de la oficina', 'fuera de oficina'],
  ...['risposta automatica', 'fuori sede', 'fuori ufficio'],
  ...['resposta automática', 'ausência temporária', 'fora do escritório'],
  ...['automatisch antwoord', 'niet op kantoor', 'afwezigheidsbericht'],
  ...['autosvar', 'automatisk svar', 'automatiskt svar', 'automaattinen vastaus'],
  ...['odpowiedź automatyczna', 'automatyczna odpowiedź', 'automatická odpověď', 'automatikus válasz'],
  ...['автоматический ответ', 'автоответ', 'автоматична відповідь', 'αυτόματη απάντηση'],
  ...['otomatik yanıt', 'ofis dışında', 'תשובה אוטומטית', 'رد تلقائي'],
  ...['自動応答', '自動返信', '自动答复', '自动回复', '自動回覆', '자동 회신', '자동 응답', '부재중'],
];
/** Short words that mean absence only at the beginning of a subject. */
const ABSENCE_OPENINGS = ['ooo:', 'afwezig', 'frånvaro', 'fravær', 'poissa', 'nieobecność', '不在'];

/**
 * Tells mail that no person wrote, and which kind. `X-Auto-Response-Suppress` says nothing by itself: ordinary mail
 * carries it too. A machine's own notice (`auto-generated`, bulk) that answers something counts as a reply, because
 * some servers mark absence notices that way.
 */
export function automaticMail(mail: MailHead): AutomaticMail | undefined {
  if (first(mail, OWN_MAIL_HEADER) !== undefined) return 'own';
  if (isBounce(mail)) return 'bounce';
  if (isAutomaticReply(mail)) return 'reply';
  if (!isUnasked(mail)) return undefined;
  return first(mail, 'in-reply-to') === undefined ? 'notice' : 'reply';
}

/** Whether no person wrote this mail. */
export function isAutomatic(mail: MailHead): boolean {
  return automaticMail(mail) !== undefined;
}

function isBounce(mail: MailHead): boolean {
  const contentType = first(mail, 'content-type') ?? '';
  return (
    BOUNCE_TYPES.some((type) => contentType.startsWith(type)) ||
    /^(mailer-daemon|postmaster)(@|$)/.test(mail.from.trim().toLowerCase()) ||
    ['', '<>'].includes(first(mail, 'return-path') ?? 'present') ||
    first(mail, 'x-failed-recipients') !== undefined ||
    BOUNCE_SUBJECTS.some((phrase) => normalised(mail.subject).startsWith(phrase))
  );
}

function isAutomaticReply(mail: MailHead): boolean {
  const submitted = autoSubmitted(mail);
  const subject = normalised(mail.subject);
  return (
    (submitted !== 'no' && submitted !== 'auto-generated') ||
    ['auto_reply', 'junk'].includes(first(mail, 'precedence') ?? '') ||
    REPLY_HEADERS.some((name) => first(mail, name) !== undefined) ||
    ABSENCE_PHRASES.some((phrase) => subject.includes(phrase.normalize('NFC'))) ||
    ABSENCE_OPENINGS.some((opening) => subject.startsWith(opening.normalize('NFC')))
  );
}

function isUnasked(mail: MailHead): boolean {
  return (
    autoSubmitted(mail) === 'auto-generated' || ['bulk', 'list'].includes(first(mail, 'precedence') ?? '')
  );
}

/** The keyword of `Auto-Submitted` (RFC 3834, section 5) without its parameters. */
function autoSubmitted(mail: MailHead): string {
  return (first(mail, 'auto-submitted') ?? 'no').split(/[;(\s]/, 1)[0] ?? 'no';
}

function first(mail: MailHead, name: string): string | undefined {
  const [value] = Object.hasOwn(mail.headers, name) ? (mail.headers[name] ?? []) : [];
  return value?.trim().toLowerCase();
}

function normalised(subject: string): string {
  return subject.normalize('NFC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}
