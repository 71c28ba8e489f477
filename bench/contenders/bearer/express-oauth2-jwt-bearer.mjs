// @ts-check
import { auth } from 'express-oauth2-jwt-bearer';
import { AUDIENCE } from '../../harness/credentials.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default ({ issuer }) => ({
  middleware: [
    auth({
      issuer,
      jwksUri: `${issuer}/.well-known/jwks.json`,
      audience: AUDIENCE,
      tokenSigningAlg: 'RS256',
    }),
  ],
  sub: (request) => request.auth.payload.sub,
});
