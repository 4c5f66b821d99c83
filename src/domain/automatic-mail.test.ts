import { automaticMail, isAutomatic, type MailHead } from './automatic-mail';

const mail = (over: Partial<MailHead> = {}): MailHead => ({
  from: 'ann@example.com',
  subject: 'Active customers',
  headers: { 'content-type': ['text/plain; charset=utf-8'], 'return-path': ['<ann@example.com>'] },
  ...over,
});

test.each<[string, Partial<MailHead>]>([
  ['a plain mail', {}],
  ['Auto-Submitted: no', { headers: { 'auto-submitted': ['no'] } }],
  ['X-Auto-Response-Suppress alone', { headers: { 'x-auto-response-suppress': ['All'] } }],
  ['a subject that only mentions an office', { subject: 'Office customers are ready' }],
  ['an answer', { headers: { 'in-reply-to': ['<a@example.com>'] }, subject: 'Re: Active customers' }],
  ['no headers at all', { headers: {} }],
])('%s was written by a person', (_name, over) => {
  expect(automaticMail(mail(over))).toBeUndefined();
  expect(isAutomatic(mail(over))).toBe(false);
});

test.each<[string, Partial<MailHead>]>([
  ['Auto-Submitted: auto-replied', { headers: { 'auto-submitted': ['auto-replied (vacation)'] } }],
  ['Auto-Submitted: auto-notified', { headers: { 'auto-submitted': ['auto-notified; owner-email="a"'] } }],
  ['Precedence: auto_reply', { headers: { precedence: ['auto_reply'] } }],
  ['Precedence: junk', { headers: { precedence: ['Junk'] } }],
  ['X-Autoreply', { headers: { 'x-autoreply': ['yes'] } }],
  ['X-Autorespond', { headers: { 'x-autorespond': [''] } }],
  [
    'an auto-generated answer',
    { headers: { 'auto-submitted': ['auto-generated'], 'in-reply-to': ['<a@example.com>'] } },
  ],
  ['a bulk answer', { headers: { precedence: ['bulk'], 'in-reply-to': ['<a@example.com>'] } }],
])('%s is an automatic reply', (_name, over) => {
  expect(automaticMail(mail(over))).toBe('reply');
});

test.each([
  'Out of Office: Active customers',
  'Automatic reply: Active customers',
  'Automatische Antwort: Active customers',
  'Abwesenheitsnotiz: bis Montag',
  'Réponse automatique : Active customers',
  'Re\u0301ponse automatique : decomposed accent',
  'Respuesta automática: Active customers',
  'Risposta automatica: Active customers',
  'Resposta automática: Active customers',
  'Automatisch antwoord: Active customers',
  'Autosvar: Active customers',
  'Odpowiedź automatyczna: Active customers',
  'Автоматический ответ: Active customers',
  '自動応答: Active customers',
  '自动答复: Active customers',
  '부재중: Active customers',
  'Re: I am out of the office until Monday',
  'OOO: Active customers',
  'Frånvaro: semester',
])('%j is an absence notice', (subject) => {
  expect(automaticMail(mail({ subject }))).toBe('reply');
});

test.each<[string, Partial<MailHead>]>([
  [
    'multipart/report',
    { headers: { 'content-type': ['multipart/report; report-type=delivery-status; boundary=x'] } },
  ],
  ['a read receipt', { headers: { 'content-type': ['message/disposition-notification'] } }],
  ['an empty Return-Path', { headers: { 'return-path': ['<>'] } }],
  ['X-Failed-Recipients', { headers: { 'x-failed-recipients': ['bob@example.com'] } }],
  ['mailer-daemon', { from: 'MAILER-DAEMON@mx.example.com' }],
  ['postmaster', { from: 'postmaster@example.com' }],
  ['a bare mailer-daemon', { from: 'MAILER-DAEMON' }],
  ['Undeliverable', { subject: 'Undeliverable: Active customers' }],
  ['Delivery Status Notification', { subject: 'Delivery Status Notification (Failure)' }],
  [
    'an automatic reply by the daemon',
    { from: 'mailer-daemon@example.com', headers: { 'auto-submitted': ['auto-replied'] } },
  ],
])('%s is a bounce', (_name, over) => {
  expect(automaticMail(mail(over))).toBe('bounce');
});

test.each<[string, Partial<MailHead>]>([
  ['Auto-Submitted: auto-generated', { headers: { 'auto-submitted': ['auto-generated'] } }],
  ['Precedence: bulk', { headers: { precedence: ['bulk'] } }],
  ['Precedence: list', { headers: { precedence: ['list'] } }],
])('%s is a notice that a system sent unasked', (_name, over) => {
  expect(automaticMail(mail(over))).toBe('notice');
  expect(isAutomatic(mail(over))).toBe(true);
});

test('a mail of Brazier that comes back is known as its own', () => {
  expect(
    automaticMail(mail({ headers: { 'x-brazier-mail': ['<x@y>'], 'auto-submitted': ['auto-generated'] } })),
  ).toBe('own');
});

test('header names of objects that are not headers are not looked up', () => {
  expect(
    automaticMail(mail({ headers: Object.create({ 'x-autoreply': ['yes'] }) as MailHead['headers'] })),
  ).toBeUndefined();
});
