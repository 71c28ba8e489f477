import type { UpbondUser } from 'nestjs-upbond-auth';
import { html, type Html } from './html.js';
import { layout } from './layout.js';
import { avatar, logOut, nameOf } from './person.js';

/** What Login 3.0 says about the person who is signed in. */
export function profilePage(user: UpbondUser): string {
  const main = html`<section class="card">
    <div class="person">
      ${avatar(user)}
      <div>
        <p class="eyebrow">Your profile</p>
        <h1>${nameOf(user)}</h1>
      </div>
    </div>
    <dl>
      ${row('Name', user.name)} ${row('E-mail', user.email, emailNote(user))}
      ${row('Wallet address', code(user.wallet_address))} ${row('Subject', code(user.sub))}
    </dl>
    <div class="actions">${logOut}</div>
  </section>`;
  return layout({ title: 'Profile', path: '/profile', main });
}

function row(label: string, value: Html | string | undefined, note?: Html): Html {
  return html`<div>
    <dt>${label}</dt>
    <dd>${value ?? html`<span class="muted">Not shared with this application</span>`} ${note}</dd>
  </div>`;
}

function emailNote({ email, email_verified }: UpbondUser): Html | undefined {
  return email && email_verified === true ? html`<span class="badge">Verified</span>` : undefined;
}

function code(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : html`<code>${text}</code>`;
}
