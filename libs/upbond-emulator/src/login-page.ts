import { html } from './html.js';
import type { Html } from './html.js';
import type { Page } from './page-layout.js';
import type { UpbondEmulatorUser } from './users.js';

export interface LoginPageContent {
  clientName: string;
  users: readonly UpbondEmulatorUser[];
  /** The user that `login_hint` speaks of: shown first and framed. */
  suggested?: UpbondEmulatorUser | undefined;
}

function initialsOf(name: string): string {
  const words = name
    .replaceAll(/\(.*\)/g, '')
    .trim()
    .split(/\s+/);
  return words
    .slice(0, 2)
    .map((word) => Array.from(word)[0] ?? '')
    .join('')
    .toUpperCase();
}

/** The whole card is clickable; the button's name is the person's name, its description the address. */
function personCard(user: UpbondEmulatorUser, tone: number, isSuggested: boolean): Html {
  return html`<div class="person ${isSuggested ? 'suggested' : ''}">
    <span class="avatar tone${tone % 4}" aria-hidden="true">${initialsOf(user.name)}</span>
    <span class="who">
      <button name="user" value="${user.sub}" aria-describedby="mail${tone}">${user.name}</button>
      <span class="mail" id="mail${tone}">${user.email}</span>
    </span>
  </div>`;
}

export function loginPage({ clientName, users, suggested }: LoginPageContent): Page {
  const ordered = suggested ? [suggested, ...users.filter((user) => user !== suggested)] : users;
  return {
    title: 'Sign in',
    body: html`<h1>Who would you like to be?</h1>
      <p class="muted">
        <strong>${clientName}</strong> asks you to sign in. Choose a person, no password needed.
      </p>
      <form method="post">
        <div class="people">
          ${ordered.map((user) => personCard(user, users.indexOf(user), user === suggested))}
        </div>
        <button class="quiet" name="cancel" value="yes">Cancel</button>
      </form>`,
  };
}
