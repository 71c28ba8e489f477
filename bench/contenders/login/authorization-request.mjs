// @ts-check
import { hash, randomBytes } from 'node:crypto';
import { CLIENT_ID } from '../../harness/credentials.mjs';

/** @param {import('../../harness/contender.mjs').Settings} settings */
export function authorizationRequest({ issuer, url }) {
  const random = randomBytes(96).toString('base64url');
  const [state, nonce, verifier] = [random.slice(0, 43), random.slice(43, 85), random.slice(85)];
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: `${url}/auth/callback`,
    scope: 'openid profile email offline_access',
    state,
    nonce,
    code_challenge: hash('sha256', verifier, 'base64url'),
    code_challenge_method: 'S256',
  });
  const transaction = { state, nonce, verifier, exp: Date.now() / 1000 + 600 };
  return { location: `${issuer}/authorize?${parameters}`, transaction };
}
