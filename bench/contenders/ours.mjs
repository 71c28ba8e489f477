// @ts-check
// The options that all of our own applications share.
import { CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET } from '../harness/credentials.mjs';

/**
 * @param {import('../harness/contender.mjs').Settings} settings
 * @returns {import('nestjs-upbond-auth').UpbondAuthOptions}
 */
export const ourOptions = ({ issuer, url }) => ({
  domain: new URL(issuer).origin,
  issuer,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  redirectUri: `${url}/auth/callback`,
  sessionSecret: COOKIE_SECRET,
});
