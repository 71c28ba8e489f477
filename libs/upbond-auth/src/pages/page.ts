import { createHash } from 'node:crypto';

const STYLE = `
:root{color-scheme:light dark;--ink:#1b1b1f;--paper:#fbfbfd;--soft:#5b5b66;--line:#d9d9e0;--link:#2a4bd7}
@media (prefers-color-scheme:dark){:root{--ink:#ececf1;--paper:#141417;--soft:#a3a3b0;--line:#3a3a44;--link:#9db1ff}}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);color:var(--ink);
font:1rem/1.6 system-ui,sans-serif}
main{max-width:34rem;padding:2rem}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .5rem}
p{margin:.5rem 0}
a{color:var(--link)}
button{font:inherit;color:var(--paper);background:var(--link);border:0;border-radius:.5rem;padding:.5rem 1.25rem;
margin-top:.5rem;cursor:pointer}
.code{color:var(--soft);font-size:.875rem;border-top:1px solid var(--line);margin-top:1.5rem;padding-top:.75rem}
`;

/** Forbids everything but our own style sheet, which is named by its digest (CSP Level 3 §2.3.1). */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every page of ours; the address it is shown at may hold a code (RFC 9700 §4.2.4). */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** A small page of ours. All text is escaped. */
export interface Page {
  readonly title: string;
  readonly text: string;
  /** Where to go next. */
  readonly link?: { readonly href: string; readonly label: string };
  /** Label of a button instead: it posts to the address that the page is shown at, query included. */
  readonly button?: string;
  /** Small print, such as an error code. */
  readonly footnote?: string;
  /** Follow the link at once. A page that navigates is not bound by `form-action` as a redirect is. */
  readonly navigate?: boolean;
}

export function renderPage({ title, text, link, button, footnote, navigate }: Page): string {
  const href = link && escapeHtml(link.href);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${navigate && href ? `<meta http-equiv="refresh" content="0; url=${href}">\n` : ''}<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${link ? `<p><a href="${href}">${escapeHtml(link.label)}</a></p>\n` : ''}${button ? form(button) : ''}${footnote ? `<p class="code">${escapeHtml(footnote)}</p>\n` : ''}</main>
</body>
</html>
`;
}

// Without an action: the address is right behind every proxy and keeps its returnTo
function form(label: string): string {
  return `<form method="post"><button type="submit">${escapeHtml(label)}</button></form>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? '');
}
