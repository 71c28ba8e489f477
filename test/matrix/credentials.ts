import type { UpbondTesting } from 'nestjs-upbond-auth/testing';
import type { Credential } from '../support/wires.js';
import type { CredentialName } from './rules.js';

/** Satisfies every decorator of the matrix. */
function everything() {
  return {
    scopes: ['read:contacts'],
    permissions: ['contacts:write'],
    roles: ['admin'],
    claims: { email_verified: true, acr: 'gold', auth_time: Math.floor(Date.now() / 1000) },
  };
}

const FOREIGN = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };

/** Each credential of the matrix. Subjects say what proved them: `session` or `token`. */
export async function credentialsOf(
  upbond: UpbondTesting,
): Promise<Record<CredentialName, Credential>> {
  const ann = upbond.asUser({ sub: 'session', ...everything() });
  const ben = upbond.asUser({ sub: 'token', ...everything() });
  const bad = ben.forAudience('https://other.example.com');
  const session = await ann.session();
  const token = await ben.bearer();
  return {
    nothing: {},
    session: { headers: session },
    'bare session': { headers: await upbond.asUser({ sub: 'session' }).session() },
    'expired session': { headers: await ann.expired().session() },
    'session, from a foreign origin': { headers: { ...session, ...FOREIGN } },
    token,
    'token without scope': await upbond
      .asUser({ sub: 'token', ...everything(), scopes: [] })
      .bearer(),
    'bare token': await upbond.asUser({ sub: 'token' }).bearer(),
    'expired token': await ben.expired().bearer(),
    'token for another audience': await bad.bearer(),
    'tampered token': { authorization: tampered(token.authorization) },
    'ID token': { authorization: `Bearer ${await ben.idToken()}` },
    'malformed token': { authorization: 'Bearer two words' },
    'session and bad token': { headers: session, ...(await bad.bearer()) },
  };
}

/** Another subject under the old signature. */
function tampered(authorization: string): string {
  const [header, payload = '', signature] = authorization.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'session' })).toString('base64url');
  return [header, changed, signature].join('.');
}
