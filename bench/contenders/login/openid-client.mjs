// @ts-check
// Its own Passport strategy, with PKCE and the signature of the ID token checked.
import * as client from 'openid-client';
import { Strategy } from 'openid-client/passport';
import { CLIENT_ID, CLIENT_SECRET } from '../../harness/credentials.mjs';
import { passportLogin, SCOPE } from '../passport-login.mjs';

/** @param {import('../../harness/contender.mjs').Settings} settings */
export default async ({ issuer, url }) => {
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks];
  const config = await client.discovery(
    new URL(issuer),
    CLIENT_ID,
    CLIENT_SECRET,
    client.ClientSecretPost(CLIENT_SECRET),
    { execute },
  );
  const strategy = new Strategy({ config, scope: SCOPE, callbackURL: `${url}/callback` }, verify);
  return passportLogin(strategy);
};

/** @param {any} tokens @param {(error: unknown, user: object) => void} done */
function verify(tokens, done) {
  const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = tokens;
  done(null, { sub: tokens.claims().sub, accessToken, refreshToken, idToken });
}
