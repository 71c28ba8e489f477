// @ts-check
// The least that a bearer guard can do: verified tokens are remembered, and looked at for their expiry.
import { createPublicKey, hash, verify } from 'node:crypto';
import { bearerOf, guard, refuse } from '../../harness/contender.mjs';
import { AUDIENCE } from '../../harness/credentials.mjs';
import { remember } from '../remembered.mjs';

/**
 * @param {import('../../harness/contender.mjs').Settings} settings
 * @returns {Promise<import('../../harness/contender.mjs').Contender>}
 */
export default async ({ issuer }) => {
  const answer = await fetch(`${issuer}/.well-known/jwks.json`);
  const { keys } = /** @type {{ keys: any[] }} */ (await answer.json());
  const byId = new Map(keys.map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]));
  /** @type {Map<string, any>} */
  const verified = new Map();

  /** @param {string} token */
  function claimsOf(token) {
    const [head = '', body = '', signature = ''] = token.split('.');
    const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString());
    const key = byId.get(kid);
    if (!key || alg !== kid) return refuse();
    const input = Buffer.from(token.slice(0, head.length + body.length + 1));
    const options = { key, dsaEncoding: /** @type {const} */ ('ieee-p1363') };
    if (!verify('sha256', input, options, Buffer.from(signature, 'base64url'))) return refuse();
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    if (claims.iss !== issuer || ![claims.aud].flat().includes(AUDIENCE)) return refuse();
    return claims;
  }

  return {
    guards: [
      guard((request) => {
        const token = bearerOf(request);
        const digest = hash('sha256', token, 'base64');
        const claims = verified.get(digest) ?? remember(verified, digest, claimsOf(token));
        if (claims.exp <= Date.now() / 1000) return refuse();
        request.user = claims;
        return true;
      }),
    ],
  };
};
