// @ts-check
import Auth0Strategy from 'passport-auth0';
import { CLIENT_ID, CLIENT_SECRET } from '../../harness/credentials.mjs';
import { claimsOf, passportLogin, SCOPE } from '../passport-login.mjs';

/** @param {import('../../harness/contender.mjs').Settings} settings */
export default ({ issuer, url }) => {
  const options = {
    domain: new URL(issuer).host,
    expectedIssuer: issuer,
    authorizationURL: `${issuer}/authorize`,
    tokenURL: `${issuer}/oauth/token`,
    clientID: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    callbackURL: `${url}/callback`,
    skipUserProfile: true,
    state: true,
  };
  return passportLogin(new Auth0Strategy(options, verify), { scope: SCOPE });
};

/** @param {string} accessToken @param {string} refreshToken @param {any} results @param {unknown} _profile @param {(error: unknown, user: object) => void} done */
function verify(accessToken, refreshToken, results, _profile, done) {
  const { sub } = claimsOf(results.id_token);
  done(null, { sub, accessToken, refreshToken, idToken: results.id_token });
}
