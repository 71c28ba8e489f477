import type { UpbondUser } from 'nestjs-upbond-auth';
import { html, type Html } from './html.js';
import { layout } from './layout.js';
import { avatar, logOut, nameOf } from './person.js';

/** The start page, for a visitor or for somebody who is signed in. */
export function homePage(user?: UpbondUser): string {
  const main = html`${user ? greeting(user) : invitation} ${thingsToTry}`;
  return layout({ title: 'Home', path: '/', main });
}

const invitation: Html = html`<section class="hero">
  <p class="eyebrow">NestJS and UPBOND Login 3.0</p>
  <h1>One login, and the rest of the app stays yours.</h1>
  <p class="lead">
    This application leaves passwords and wallets to Login 3.0. It only learns who you are, after
    you have agreed to it.
  </p>
  <div class="actions"><a class="button primary" href="/auth/login">Log in</a></div>
</section>`;

function greeting(user: UpbondUser): Html {
  return html`<section class="hero">
    ${avatar(user)}
    <p class="eyebrow">You are signed in</p>
    <h1>Hello, ${nameOf(user)}</h1>
    <p class="lead">Login 3.0 has told this application who you are, and nothing more.</p>
    <div class="actions">
      <a class="button primary" href="/profile">Your profile</a>
      ${logOut}
    </div>
  </section>`;
}

const thingsToTry: Html = html`<section aria-labelledby="try">
  <h2 id="try">Try it</h2>
  <ul class="cards">
    <li>
      <h3><a href="/profile">A protected page</a></h3>
      <p>Open it without a session: you are asked to log in, and land exactly there.</p>
    </li>
    <li>
      <h3><a href="/api/me">A JSON API</a></h3>
      <p><code>GET /api/me</code> answers with your data. Scripts without a session get 401.</p>
    </li>
    <li>
      <h3>A real way out</h3>
      <p>Log out ends the session here and the one at Login 3.0, so the next login asks again.</p>
    </li>
  </ul>
</section>`;
