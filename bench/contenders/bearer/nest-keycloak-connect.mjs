// @ts-check
import { AuthGuard, KeycloakConnectModule, TokenValidation } from 'nest-keycloak-connect';
import { AUDIENCE, CLIENT_SECRET } from '../../harness/credentials.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default ({ issuer }) => ({
  imports: [
    KeycloakConnectModule.register({
      authServerUrl: new URL(issuer).origin,
      realm: 'bench',
      clientId: AUDIENCE,
      secret: CLIENT_SECRET,
      tokenValidation: TokenValidation.OFFLINE,
      logLevels: [],
    }),
  ],
  guards: [AuthGuard],
});
