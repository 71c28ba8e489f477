import { meaningOf } from './consent.js';
import { html } from './html.js';
import type { Page } from './page-layout.js';

export interface ConsentPageContent {
  clientName: string;
  userName: string;
  scopes: readonly string[];
  /** The APIs that the access token is for. */
  audiences: readonly string[];
}

export function consentPage({ clientName, userName, scopes, audiences }: ConsentPageContent): Page {
  return {
    title: 'Allow access',
    body: html`<h1>Give ${clientName} access?</h1>
      <p class="muted">You are signed in as <strong>${userName}</strong>.</p>
      <ul class="scopes" aria-label="Requested access">
        ${scopes.map((scope) => html`<li><span>${meaningOf(scope)}</span> <code>${scope}</code></li>`)}
      </ul>
      ${audiences.map(
        (audience) => html`<p class="muted small">For the API <code>${audience}</code></p>`,
      )}
      <form method="post" class="choices">
        <button name="consent" value="deny">Deny</button>
        <button class="primary" name="consent" value="allow">Allow</button>
      </form>`,
  };
}
