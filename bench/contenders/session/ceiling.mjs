// @ts-check
// The least that a session guard can do: opened cookies are remembered; each request has its session
// looked at for expiry and logout, and its site when it changes something.
import { hash } from 'node:crypto';
import { cookieOf, guard, refuse } from '../../harness/contender.mjs';
import { remember } from '../remembered.mjs';
import { open, seal } from '../sealed.mjs';

/** @returns {import('../../harness/contender.mjs').Contender} */
export default () => {
  /** @type {Map<string, any>} */
  const opened = new Map();
  const loggedOut = new Set(['somebody else']);

  /** @param {string} sealed */
  function sessionOf(sealed) {
    const digest = hash('sha256', sealed, 'base64');
    return opened.get(digest) ?? remember(opened, digest, open(sealed));
  }

  /** @param {any} request */
  const isOwn = ({ method, headers }) =>
    method === 'GET' || method === 'HEAD' || headers['sec-fetch-site'] === 'same-origin';

  return {
    guards: [guard(check)],
    mint: (_app, people) =>
      people.map(({ sub, profile, tokens }, id) => {
        const session = { id: String(id), user: { sub, ...profile }, tokens };
        return `session=${seal({ ...session, exp: Date.now() / 1000 + 86_400 })}`;
      }),
  };

  /** @param {any} request */
  function check(request) {
    const session = sessionOf(cookieOf(request, 'session'));
    if (session.exp <= Date.now() / 1000 || loggedOut.has(session.id)) return refuse();
    if (!isOwn(request)) return refuse();
    request.user = session.user;
    return true;
  }
};
