// @ts-check
import { createPublicKey, verify } from 'node:crypto';
import { Agent, request } from 'node:http';
import { refuse } from '../../harness/contender.mjs';
import { CLIENT_ID, CLIENT_SECRET } from '../../harness/credentials.mjs';

/** @param {import('../../harness/contender.mjs').Settings} settings */
export async function makeTokens({ issuer, url }) {
  const answer = await fetch(`${issuer}/.well-known/jwks.json`);
  const { keys } = /** @type {{ keys: any[] }} */ (await answer.json());
  const rsa = keys.find(({ kid }) => kid === 'RS256');
  const key = createPublicKey({ key: rsa, format: 'jwk' });
  const agent = new Agent({ keepAlive: true });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const fixed = { grant_type: 'authorization_code', redirect_uri: `${url}/auth/callback` };
  const client = { client_id: CLIENT_ID, client_secret: CLIENT_SECRET };

  return {
    /** @param {string} code @param {string} code_verifier @returns {Promise<any>} */
    exchange(code, code_verifier) {
      const form = new URLSearchParams({ ...fixed, ...client, code, code_verifier }).toString();
      return new Promise((resolve, reject) => {
        const post = request(`${issuer}/oauth/token`, { method: 'POST', agent, headers });
        post.on('error', reject).on('response', (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
          response.on('end', () => resolve(JSON.parse(body)));
        });
        post.end(form);
      });
    },

    /** @param {string} token @returns {any} */
    verify(token) {
      const end = token.lastIndexOf('.');
      const signature = Buffer.from(token.slice(end + 1), 'base64url');
      if (!verify('sha256', Buffer.from(token.slice(0, end)), key, signature)) return refuse();
      const body = token.slice(token.indexOf('.') + 1, end);
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
      return claims.iss === issuer && claims.exp > Date.now() / 1000 ? claims : refuse();
    },
  };
}
