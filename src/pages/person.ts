import type { UpbondUser } from 'nestjs-upbond-auth';
import { html, type Html } from './html.js';

/** What to call somebody: not everybody shares a name. */
export function nameOf({ name, email, sub }: UpbondUser): string {
  return name || email || sub;
}

/** A round picture with the initials, which is decoration. */
export function avatar(user: UpbondUser): Html {
  const words = nameOf(user).split(/\s+/).slice(0, 2);
  const initials = words.map((word) => String.fromCodePoint(word.codePointAt(0) ?? 32)).join('');
  return html`<span class="avatar" aria-hidden="true">${initials.toUpperCase()}</span>`;
}

/** A form, because a link must not change anything. */
export const logOut = html`<form method="post" action="/auth/logout">
  <button class="button">Log out</button>
</form>`;
