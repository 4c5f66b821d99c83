import { createHash } from 'node:crypto';
import { Liquid } from 'liquidjs';

/** What a page of the gateway shows. */
export interface Page {
  title: string;
  tone: 'ask' | 'good' | 'attention' | 'bad';
  paragraphs: string[];
  /** Label and value. */
  facts: [label: string, value: string][];
  /** The two buttons; pressed, they post to the page's own address. */
  buttons: boolean;
  /** Code of the error catalog, small print for whoever is asked for help. */
  code?: string | undefined;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1f2430;--soft:#5b6472;--line:#dfe3e8;--card:#fff;--back:#f4f5f7;--accent:#1f4fd8}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaee;--soft:#a3acb9;--line:#353b46;--card:#1c2027;--back:#13161b;--accent:#7c9cff}}
*{box-sizing:border-box}
body{margin:0;padding:32px 16px;background:var(--back);color:var(--ink);font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:640px;margin:0 auto;background:var(--card);border:1px solid var(--line);border-top:5px solid var(--accent);border-radius:10px;padding:28px 32px}
main.good{border-top-color:#1a7f4b}main.attention{border-top-color:#c07a00}main.bad{border-top-color:#d1372a}
.brand{margin:0;color:var(--soft);font-size:13px;letter-spacing:.08em;text-transform:uppercase}
h1{margin:4px 0 14px;font-size:26px;line-height:1.25;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(9em,38%) 1fr;margin:18px 0}
dt,dd{margin:0;padding:8px 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}dt{color:var(--soft);padding-right:12px}
form{display:flex;flex-wrap:wrap;gap:12px;margin:22px 0 6px}
button{flex:1 1 200px;min-height:52px;font:inherit;font-weight:600;border-radius:8px;cursor:pointer;border:2px solid #1a7f4b;background:#1a7f4b;color:#fff}
button.no{background:transparent;border-color:#d1372a;color:var(--ink)}
button:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
.small{color:var(--soft);font-size:14px}
`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>{{ page.title }} - Brazier</title>
<style>{{ style | raw }}</style>
</head>
<body>
<main class="{{ page.tone }}">
<p class="brand">Brazier</p>
<h1>{{ page.title }}</h1>
{%- for paragraph in page.paragraphs %}
<p>{{ paragraph }}</p>
{%- endfor %}
{%- if page.facts.size > 0 %}
<dl>
{%- for fact in page.facts %}
<dt>{{ fact[0] }}</dt><dd>{{ fact[1] }}</dd>
{%- endfor %}
</dl>
{%- endif %}
{%- if page.buttons %}
<form method="post">
<button type="submit" name="answer" value="right">Right</button>
<button type="submit" name="answer" value="notRight" class="no">Not right</button>
</form>
<p class="small">Only a press on a button answers; opening this page does not.</p>
{%- endif %}
{%- if page.code %}
<p class="small">Code: {{ page.code }}</p>
{%- endif %}
</main>
</body>
</html>
`;

/** The page's own style is all that a browser may apply; it loads nothing, runs nothing, and is framed by nobody. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** Headers of every answer: nothing is kept, indexed, framed, or passed on to where a link leads. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
} as const;

/** Renders pages; whatever comes from a run is escaped by the engine. */
export function createPageRenderer(): (page: Page) => string {
  const engine = new Liquid({
    outputEscape: 'escape',
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
  });
  const template = engine.parse(PAGE);
  return (page) => String(engine.renderSync(template, { page, style: STYLE }));
}
