import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Html, html } from './html.js';
import { style } from './page-style.js';

const styleHash = createHash('sha256').update(style).digest('base64');

/**
 * No script, nothing from elsewhere. There is no `form-action`: browsers apply it to the redirects
 * that answer the form as well, and these end at the application.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface Page {
  title: string;
  body: Html;
}

function document({ title, body }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · UPBOND emulator</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <main>
          <p class="badge">Local emulator · not the real Login 3.0</p>
          ${body}
        </main>
      </body>
    </html>`.markup;
}

export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': contentSecurityPolicy,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function pageMarkup(page: Page): string {
  return document(page);
}

export function sendPage(response: ServerResponse, status: number, page: Page): void {
  response.writeHead(status, { ...pageHeaders });
  response.end(document(page));
}
