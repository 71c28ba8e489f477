// @ts-check
// express-session with passport.session, which most Express and Nest applications build on.
import { randomBytes } from 'node:crypto';
import signature from 'cookie-signature';
import session from 'express-session';
import passport from 'passport';
import { guard } from '../harness/contender.mjs';
import { COOKIE_SECRET } from '../harness/credentials.mjs';

export const isAuthenticated = guard((request) => request.isAuthenticated());

/** @param {session.Store} store */
export function sessionMiddleware(store) {
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((/** @type {any} */ user, done) => done(null, user));
  const options = { store, secret: COOKIE_SECRET, resave: false, saveUninitialized: false };
  return [
    session({ ...options, cookie: { maxAge: 86_400_000 } }),
    passport.initialize(),
    passport.session(),
  ];
}

/**
 * @param {session.Store} store
 * @returns {import('../harness/contender.mjs').Contender}
 */
export const sessionContender = (store) => ({
  middleware: sessionMiddleware(store),
  guards: [isAuthenticated],
  mint: (_app, people) => Promise.all(people.map((person) => mint(store, person))),
});

/** @param {session.Store} store @param {import('../harness/contender.mjs').Person} person */
async function mint(store, { sub, profile, tokens }) {
  const id = randomBytes(24).toString('base64url');
  const cookie = { originalMaxAge: 86_400_000, expires: new Date(Date.now() + 86_400_000) };
  const entry = { cookie, passport: { user: { sub, ...profile, tokens } } };
  await new Promise((resolve) => store.set(id, /** @type {any} */ (entry), resolve));
  return `connect.sid=${encodeURIComponent(`s:${signature.sign(id, COOKIE_SECRET)}`)}`;
}
