// @ts-check
import { Strategy } from 'passport-oauth2';
import { CLIENT_ID, CLIENT_SECRET } from '../../harness/credentials.mjs';
import { claimsOf, passportLogin, SCOPE } from '../passport-login.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @param {{ pkce?: boolean }} [more]
 */
export default ({ issuer, url }, { pkce = false } = {}) => {
  const options = {
    authorizationURL: `${issuer}/authorize`,
    tokenURL: `${issuer}/oauth/token`,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    callbackURL: `${url}/callback`,
    scope: SCOPE,
    state: true,
    pkce,
  };
  return passportLogin(new Strategy(/** @type {any} */ (options), verify));
};

/** @param {string} accessToken @param {string} refreshToken @param {any} results @param {unknown} _profile @param {(error: unknown, user: object) => void} done */
function verify(accessToken, refreshToken, results, _profile, done) {
  const { sub } = claimsOf(results.id_token);
  done(null, { sub, accessToken, refreshToken, idToken: results.id_token });
}
