import { Liquid } from 'liquidjs';
import { type MailContent, type MailTone } from './content';

/** A laid out mail. */
export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
}

const COLOURS: Record<MailTone, string> = { good: '#1a7f4b', attention: '#9a6700', bad: '#b42318' };

/** Inline styles and one column only: mail programs ignore most of the rest. */
const HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ mail.subject }}</title></head>
<body style="margin:0;padding:24px 12px;background:#f4f5f7;color:#1f2430;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">
<div style="max-width:600px;margin:0 auto;background:#ffffff;border:1px solid #dfe3e8;border-top:4px solid {{ colour }};border-radius:8px;padding:28px 32px">
<p style="margin:0 0 4px;font-size:13px;letter-spacing:.08em;text-transform:uppercase;color:#5b6472">Brazier</p>
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3;color:{{ colour }}">{{ mail.headline }}</h1>
{%- for paragraph in mail.paragraphs %}
<p style="margin:0 0 14px">{{ paragraph }}</p>
{%- endfor %}
{%- if mail.button %}
<p style="margin:20px 0 8px"><a href="{{ mail.button.url }}" style="display:inline-block;background:#1f4fd8;color:#ffffff;text-decoration:none;font-weight:600;padding:12px 22px;border-radius:6px">{{ mail.button.label }}</a></p>
<p style="margin:0 0 18px;font-size:14px;color:#5b6472">{{ mail.button.note }}</p>
{%- endif %}
{%- if mail.facts.size > 0 %}
<table role="presentation" style="border-collapse:collapse;width:100%;margin:8px 0 18px">
{%- for fact in mail.facts %}
<tr><td style="padding:7px 12px 7px 0;border-bottom:1px solid #eceff3;color:#5b6472;vertical-align:top;width:38%">{{ fact[0] }}</td><td style="padding:7px 0;border-bottom:1px solid #eceff3;vertical-align:top;word-break:break-word">{{ fact[1] }}</td></tr>
{%- endfor %}
</table>
{%- endif %}
{%- for list in mail.lists %}
<h2 style="margin:18px 0 6px;font-size:16px">{{ list.title }}</h2>
{% if list.ordered %}<ol style="margin:0 0 14px;padding-left:22px">{% else %}<ul style="margin:0 0 14px;padding-left:22px">{% endif %}
{%- for item in list.items %}<li style="margin:0 0 4px;overflow-wrap:anywhere">{{ item }}</li>{% endfor %}
{%- if list.ordered %}</ol>{% else %}</ul>{% endif %}
{%- endfor %}
{%- for block in mail.code %}
<p style="margin:14px 0 6px;font-size:14px;color:#5b6472">{{ block.title }}</p>
<pre style="margin:0 0 14px;padding:12px;background:#f4f5f7;border:1px solid #dfe3e8;border-radius:6px;font-family:ui-monospace,Menlo,Consolas,monospace;font-size:13px;white-space:pre-wrap;word-break:break-all">{{ block.text }}</pre>
{%- endfor %}
<p style="margin:22px 0 0;font-size:13px;color:#5b6472">{{ mail.reason }}</p>
</div></body></html>
`;

const TEXT = `{{ mail.headline }}
{% for paragraph in mail.paragraphs %}
{{ paragraph }}
{% endfor %}
{%- if mail.button %}
{{ mail.button.label }}:
{{ mail.button.url }}
({{ mail.button.note }})
{% endif %}
{%- for fact in mail.facts %}
{{ fact[0] }}: {{ fact[1] }}
{%- endfor %}
{% for list in mail.lists %}
{{ list.title }}
{%- for item in list.items %}
{% if list.ordered %}{{ forloop.index }}.{% else %}*{% endif %} {{ item }}
{%- endfor %}
{% endfor %}
{%- for block in mail.code %}
{{ block.title }}
    {{ block.text }}
{% endfor %}
-- 
{{ mail.reason }}
`;

/** Lays mails out. Everything that comes from outside is escaped in HTML by the engine, not by each template. */
export function createMailLayout(): (content: MailContent) => RenderedMail {
  const strict = { strictVariables: true, strictFilters: true, lenientIf: true };
  const html = new Liquid({ ...strict, outputEscape: 'escape' });
  const text = new Liquid(strict);
  const [htmlTemplate, textTemplate] = [html.parse(HTML), text.parse(TEXT)];
  return (content) => {
    const mail = { ...content, subject: oneLine(content.subject) };
    const scope = { mail, colour: COLOURS[mail.tone] };
    return {
      subject: mail.subject,
      text: String(text.renderSync(textTemplate, scope)),
      html: String(html.renderSync(htmlTemplate, scope)),
    };
  };
}

/** Subjects are one line, and short enough to be read in a list of mails. */
function oneLine(subject: string): string {
  const line = subject.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length <= 200 ? line : `${line.slice(0, 199)}…`;
}
