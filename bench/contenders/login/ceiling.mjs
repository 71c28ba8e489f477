// @ts-check
// The least that a login can do: state, nonce and PKCE in a sealed cookie, one request for the tokens,
// the signature and the claims of the ID token checked, and a sealed session.
import { Controller, Get, Req, Res } from '@nestjs/common';
import { cookieOf, decorate, refuse } from '../../harness/contender.mjs';
import { CLIENT_ID } from '../../harness/credentials.mjs';
import { open, seal } from '../sealed.mjs';
import sessionCeiling from '../session/ceiling.mjs';
import { makeTokens } from './tokens.mjs';
import { authorizationRequest } from './authorization-request.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {Promise<import('../../harness/contender.mjs').Contender>}
 */
export default async (settings) => {
  const server = await makeTokens(settings);

  class LoginController {
    /** @param {any} response */
    login(response) {
      const { location, transaction } = authorizationRequest(settings);
      redirect(response, location, `transaction=${seal(transaction)}`);
    }

    /** @param {any} request @param {any} response */
    async callback(request, response) {
      const { state, nonce, verifier, exp } = open(cookieOf(request, 'transaction'));
      const { query } = request;
      if (query.state !== state || exp <= Date.now() / 1000) return refuse();
      const tokens = await server.exchange(query.code, verifier);
      const claims = server.verify(tokens.id_token);
      if (claims.nonce !== nonce || claims.aud !== CLIENT_ID) return refuse();
      const session = { id: claims.sid, user: claims, tokens, exp: Date.now() / 1000 + 86_400 };
      redirect(response, '/me', `session=${seal(session)}`);
    }
  }
  Controller('auth')(LoginController);
  Res()(LoginController.prototype, 'login', 0);
  Req()(LoginController.prototype, 'callback', 0);
  Res()(LoginController.prototype, 'callback', 1);
  decorate(LoginController, 'login', Get('login'));
  decorate(LoginController, 'callback', Get('callback'));
  const routes = { login: '/auth/login', callback: '/auth/callback' };
  return { ...sessionCeiling(), controllers: [LoginController], routes };
};

/** @param {any} response of Express or Fastify @param {string} location @param {string} cookie */
function redirect(response, location, cookie) {
  const { raw = response } = response;
  const headers = { location, 'set-cookie': `${cookie}; Path=/; HttpOnly; SameSite=Lax` };
  response.hijack?.();
  raw.writeHead(302, { ...headers, 'content-length': 0 }).end();
}
