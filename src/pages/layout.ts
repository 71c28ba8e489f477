import { html, type Html } from './html.js';

/** A page of the example. */
export interface Page {
  readonly title: string;
  readonly path: '/' | '/profile';
  readonly main: Html;
}

const LINKS = [
  { path: '/', label: 'Home' },
  { path: '/profile', label: 'Profile' },
] as const;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='9' fill='%234338ca'/%3E%3Cpath d='M10 9v8a6 6 0 0 0 12 0V9' fill='none' stroke='white' stroke-width='3.5' stroke-linecap='round'/%3E%3C/svg%3E";

const MARK = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
  <rect width="32" height="32" rx="9" />
  <path d="M10 9v8a6 6 0 0 0 12 0V9" />
</svg>`;

/** The frame of every page. */
export function layout({ title, path, main }: Page): string {
  const links = LINKS.map(
    (link) =>
      html`<a href="${link.path}" ${link.path === path ? html` aria-current="page"` : ''}
        >${link.label}</a
      >`,
  );
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · UPBOND Login example</title>
        <link rel="icon" href="${ICON}" />
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <a class="skip" href="#content">Skip to content</a>
        <header class="bar">
          <a class="brand" href="/">${MARK}<span>Example app</span></a>
          <nav aria-label="Main">${links}</nav>
        </header>
        <main id="content">${main}</main>
        <footer>
          Signs people in with UPBOND Login 3.0, through <code>nestjs-upbond-auth</code>.
        </footer>
      </body>
    </html>`.markup;
}
