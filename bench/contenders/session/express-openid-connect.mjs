// @ts-check
import oidc from 'express-openid-connect';
import { guard } from '../../harness/contender.mjs';
import { CLIENT_ID, CLIENT_SECRET, COOKIE_SECRET } from '../../harness/credentials.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {import('../../harness/contender.mjs').Contender}
 */
export default ({ issuer, url }) => ({
  middleware: [
    oidc.auth({
      authRequired: false,
      baseURL: url,
      issuerBaseURL: issuer,
      clientID: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      secret: COOKIE_SECRET,
      authorizationParams: { response_type: 'code', scope: 'openid profile email offline_access' },
      enableTelemetry: false,
    }),
  ],
  guards: [guard((request) => request.oidc.isAuthenticated())],
  sub: (request) => request.oidc.user.sub,
  routes: { login: '/login', callback: '/callback' },
});
