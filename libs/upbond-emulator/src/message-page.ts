import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { html } from './html.js';
import type { Page } from './page-layout.js';
import { pageHeaders, pageMarkup } from './page-layout.js';

export function messagePage(title: string, ...sentences: readonly string[]): Page {
  return {
    title,
    body: html`<h1>${title}</h1>
      ${sentences.map((sentence) => html`<p class="muted">${sentence}</p>`)}`,
  };
}

/** Shows an error that must not be sent to the application, e.g. an unknown `redirect_uri`. */
export function renderError(ctx: KoaContextWithOIDC, out: ErrorOut): void {
  for (const [name, value] of Object.entries(pageHeaders)) ctx.set(name, value);
  ctx.body = pageMarkup({
    title: 'This request cannot be answered',
    body: html`<h1>This request cannot be answered</h1>
      <p><code>${String(out['error'])}</code></p>
      <p class="muted">${String(out['error_description'] ?? '')}</p>`,
  });
}
