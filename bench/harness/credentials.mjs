// @ts-check
// Keys, tokens and people: the same for every contender.
import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** @typedef {'RS256' | 'ES256'} Algorithm */
/** @typedef {Record<Algorithm, { pem: string, jwk: import('node:crypto').JsonWebKey }>} Keys */

export const AUDIENCE = 'https://api.example.com';
export const CLIENT_ID = 'bench-client';
export const CLIENT_SECRET = 'Qm7RkT2vXw9ZbN4cJd6Lf8HsPa3YeGu5';
export const COOKIE_SECRET = 'sLf3Jx9QmZ0vT7rYb2NcWq8KdHuEaP5G';

/** @returns {Keys} */
export function makeKeys() {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { RS256: keyOf('RS256', rsa), ES256: keyOf('ES256', ec) };
}

/**
 * @param {Algorithm} alg
 * @param {import('node:crypto').KeyPairKeyObjectResult} pair
 */
function keyOf(alg, { privateKey, publicKey }) {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { pem, jwk: { ...publicKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' } };
}

/** @param {Keys} keys */
export function makeSigner(keys) {
  const privateKeys = {
    RS256: createPrivateKey(keys.RS256.pem),
    ES256: createPrivateKey(keys.ES256.pem),
  };
  /**
   * @param {Algorithm} alg
   * @param {object} claims
   */
  return (alg, claims) => {
    const input = `${encode({ alg, typ: 'JWT', kid: alg })}.${encode(claims)}`;
    const key = { key: privateKeys[alg], dsaEncoding: /** @type {const} */ ('ieee-p1363') };
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  };
}

/** @param {object} value */
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The subject of a person: a DID, of the same length for everybody. @param {number} index */
export function subOf(index) {
  return `did:key:zDnaeWgQ7LxVkT4mBc9RfHj2YsPuEo5N3tKd8vXq${String(index).padStart(6, '0')}`;
}

/** Claims of an access token of about 1.2 kB. @param {string} issuer @param {number} index */
export function accessTokenClaims(issuer, index) {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: subOf(index),
    aud: [AUDIENCE, `${issuer}/userinfo`],
    azp: CLIENT_ID,
    client_id: CLIENT_ID,
    typ: 'Bearer',
    iat: now,
    exp: now + 4 * 3600,
    jti: randomBytes(16).toString('base64url'),
    scope: 'openid profile email offline_access read:contacts write:contacts read:orders',
    permissions: ['contacts:read', 'contacts:write', 'orders:read', 'orders:create'],
    roles: ['member', 'editor'],
    'https://example.com/tenant': 'bench-tenant-0001',
  };
}

/** Claims of an ID token of about 1 kB. @param {string} issuer @param {number} index */
export function idTokenClaims(issuer, index) {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    sub: subOf(index),
    aud: CLIENT_ID,
    iat: now,
    exp: now + 4 * 3600,
    auth_time: now,
    sid: randomBytes(16).toString('base64url'),
    ...profileOf(index),
  };
}

/** @param {number} index */
export function profileOf(index) {
  return {
    name: 'Hanako Yamada',
    given_name: 'Hanako',
    family_name: 'Yamada',
    email: `hanako.yamada.${String(index).padStart(6, '0')}@example.com`,
    email_verified: true,
    picture: 'https://cdn.example.com/people/hanako-yamada/portrait-256.png',
    locale: 'ja-JP',
    phone_number: '+81 90-1234-5678',
    updated_at: 1_790_000_000,
  };
}

/**
 * What the token endpoint answers, and what a session of about 3 kB is made of.
 *
 * @param {ReturnType<typeof makeSigner>} signer
 * @param {string} issuer
 * @param {number} index
 * @param {object} [more] claims of the ID token
 */
export function tokenResponse(signer, issuer, index, more = {}) {
  return {
    access_token: signer('ES256', accessTokenClaims(issuer, index)),
    id_token: signer('RS256', { ...idTokenClaims(issuer, index), ...more }),
    refresh_token: randomBytes(32).toString('base64url'),
    token_type: 'Bearer',
    expires_in: 3600,
    scope: 'openid profile email offline_access',
  };
}

/**
 * Somebody who has signed in, for sessions that are made without a login.
 *
 * @param {number} index
 * @param {Record<string, any>} tokens of somebody: they are not looked at
 */
export function personOf(index, tokens) {
  const { access_token: accessToken, refresh_token: refreshToken, id_token: idToken } = tokens;
  const scope = String(tokens.scope).split(' ');
  const expiresAt = Math.floor(Date.now() / 1000) + tokens.expires_in;
  const members = { accessToken, refreshToken, idToken, tokenType: 'Bearer', scope, expiresAt };
  return { sub: subOf(index), profile: profileOf(index), tokens: members };
}

/** Another text of the same length: one character is changed, not far from the end. @param {string} text */
export function tampered(text) {
  const at = text.length - 20;
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}
