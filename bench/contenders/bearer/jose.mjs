// @ts-check
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { bearerOf, guard, refuse } from '../../harness/contender.mjs';
import { AUDIENCE } from '../../harness/credentials.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default ({ issuer }) => {
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
  const options = { issuer, audience: AUDIENCE, algorithms: ['RS256', 'ES256'] };
  return {
    guards: [
      guard(async (request) => {
        const { payload } = await jwtVerify(bearerOf(request), keys, options).catch(refuse);
        request.user = payload;
        return true;
      }),
    ],
  };
};
