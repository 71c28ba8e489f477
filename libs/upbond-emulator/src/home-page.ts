import type { UpbondEmulatorClient } from './clients.js';
import { html } from './html.js';
import type { Page } from './page-layout.js';
import type { UpbondEmulatorUser } from './users.js';

export interface HomePageContent {
  issuer: string;
  clients: readonly UpbondEmulatorClient[];
  users: readonly UpbondEmulatorUser[];
  hasDiscovery: boolean;
}

export function homePage({ issuer, clients, users, hasDiscovery }: HomePageContent): Page {
  return {
    title: 'Welcome',
    body: html`<h1>The emulator is running</h1>
      <p class="muted">
        Applications sign people in here as they would at UPBOND Login 3.0. Nothing leaves this
        computer, and everything is forgotten when it stops.
      </p>
      <h2>Issuer</h2>
      <p><code>${issuer}</code></p>
      <h2>Clients</h2>
      <ul class="list">
        ${clients.map(({ clientId }) => html`<li><code>${clientId}</code></li>`)}
      </ul>
      <h2>People</h2>
      <ul class="list">
        ${users.map(({ name, email }) => html`<li>${name} <span class="mail">${email}</span></li>`)}
      </ul>
      ${
        hasDiscovery
          ? html`<p><a href="/.well-known/openid-configuration">Discovery document</a></p>`
          : undefined
      }`,
  };
}
