// @ts-check
import { AuthModule, JwtAuthGuard } from '@5stones/nest-oidc';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default ({ issuer }) => ({
  imports: [AuthModule.forRoot({ oidcAuthority: issuer })],
  guards: [JwtAuthGuard],
});
