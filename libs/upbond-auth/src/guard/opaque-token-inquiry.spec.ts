import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Http, HttpInit } from '../authorization-server/http.js';
import { IntrospectionEndpoint } from '../authorization-server/introspection-endpoint.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import { unavailable } from '../authorization-server/unavailable.js';
import { UserinfoEndpoint } from '../authorization-server/userinfo-endpoint.js';
import type { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { AccessTokenClaims } from './access-token-claims.js';
import { OpaqueTokenInquiry } from './opaque-token-inquiry.js';

const NOW = 1_800_000_000;
const ISSUER = 'https://auth3.upbond.io/';
const API = 'https://api.example.com';
const GOOD = { active: true, token_type: 'Bearer', sub: 'a', aud: API, iss: ISSUER, exp: NOW + 9 };

const config = {
  clientId: 'client',
  clientSecrets: ['the-client-secret'],
  clientAssertionKeys: [],
  clientAssertionAudience: 'issuer',
  clientAuthentication: 'client_secret_post',
  accessTokenAudiences: [API],
  opaqueAccessTokenCacheSeconds: 60,
  leewaySeconds: 60,
  deadlineSeconds: 5,
} as unknown as UpbondAuthConfig;

type Mode = 'introspection' | 'userinfo';
type Answer = (init: HttpInit) => Response | Promise<Response>;

async function ask(
  mode: Mode,
  answer: Answer,
  metadata: Partial<ServerMetadata> = {},
  options: UpbondAuthConfig = config,
) {
  const http: Http = { fetch: async (_url, init) => answer(init), close() {} };
  const known = {
    acceptedIssuers: [ISSUER],
    introspectionEndpoint: 'https://auth3.upbond.io/i',
    userinfoEndpoint: 'https://auth3.upbond.io/u',
    ...metadata,
  } as ServerMetadata;
  const informants = {
    server: { metadata: () => Promise.resolve(known) },
    introspection: mode === 'introspection' ? new IntrospectionEndpoint(config, http) : undefined,
    userinfo: new UserinfoEndpoint(config, http),
  };
  return new OpaqueTokenInquiry(options, informants, () => NOW).ask('the-token');
}

async function outcome(...args: Parameters<typeof ask>): Promise<AccessTokenClaims | string> {
  try {
    return await ask(...args);
  } catch (error) {
    const { code, detail } = error as UpbondAuthException;
    expect(detail ?? '').not.toContain('the-token');
    return code ?? String(error);
  }
}

const json =
  (body: unknown, status = 200): Answer =>
  () =>
    Response.json(body, { status });

describe('OpaqueTokenInquiry', () => {
  it('hands out the claims, deeply frozen', async () => {
    for (const mode of ['introspection', 'userinfo'] as const) {
      const claims = await ask(mode, json({ ...GOOD, roles: ['a'] }));
      expect(claims).toMatchObject({ sub: 'a', roles: ['a'] });
      expect(Object.isFrozen(claims) && Object.isFrozen(claims.roles)).toBe(true);
    }
  });

  it.each<[string, Mode, Answer, string]>([
    ['not active', 'introspection', json({ active: false }), 'invalid_token'],
    ['not active, with claims', 'introspection', json({ ...GOOD, active: false }), 'invalid_token'],
    ['for another API', 'introspection', json({ ...GOOD, aud: 'x' }), 'invalid_token'],
    ['malformed', 'introspection', json([]), 'temporarily_unavailable'],
    ['refused', 'introspection', json({}, 401), 'temporarily_unavailable'],
    [
      'huge',
      'introspection',
      json({ ...GOOD, extra: 'x'.repeat(17_000) }),
      'temporarily_unavailable',
    ],
    ['deep', 'introspection', () => nested(50_000), 'temporarily_unavailable'],
    ['down', 'introspection', () => Promise.reject(unavailable('x')), 'temporarily_unavailable'],
    ['not accepted', 'userinfo', json({}, 401), 'invalid_token'],
    ['not allowed there', 'userinfo', json({}, 403), 'invalid_token'],
    ['malformed there', 'userinfo', json({}, 400), 'invalid_token'],
    ['not found', 'userinfo', json({}, 404), 'temporarily_unavailable'],
    ['broken', 'userinfo', json({}, 500), 'temporarily_unavailable'],
    ['no sub', 'userinfo', json({ name: 'x' }), 'temporarily_unavailable'],
    [
      'a redirect',
      'userinfo',
      () => new Response(null, { status: 302 }),
      'temporarily_unavailable',
    ],
    [
      'huge there',
      'userinfo',
      json({ sub: 'a', extra: 'x'.repeat(17_000) }),
      'temporarily_unavailable',
    ],
  ])('%s at %s', async (_, mode, answer, expected) => {
    expect(await outcome(mode, answer)).toBe(expected);
  });

  it('says so when nobody can be asked', async () => {
    const nobody = { introspectionEndpoint: undefined, userinfoEndpoint: undefined };
    for (const mode of ['introspection', 'userinfo'] as const) {
      expect(await outcome(mode, json(GOOD), nobody)).toBe('temporarily_unavailable');
    }
  });

  it('gives up at the deadline', async () => {
    const never: Answer = ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(unavailable('gave up')));
      });
    const hasty = { ...config, deadlineSeconds: 0.01 };
    for (const mode of ['introspection', 'userinfo'] as const) {
      expect(await outcome(mode, never, {}, hasty)).toBe('temporarily_unavailable');
    }
  });

  /** Values that a rule could stumble over, good ones among them. */
  const value = fc.oneof(
    fc.constantFrom(true, false, 'true', 'Bearer', 'a', API, [API], ISSUER, NOW, NOW + 9, NOW - 99),
    fc.jsonValue(),
  );
  const changes = fc.dictionary(
    fc.constantFrom('active', 'token_type', 'token_use', 'sub', 'aud', 'iss', 'exp', 'nbf', 'x'),
    value,
  );

  it('whatever is answered, a token passes only by the rules, and nothing else is thrown', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (changed, isComplete) => {
        const answer = isComplete ? { ...GOOD, ...changed } : changed;
        const result = await outcome('introspection', json(answer));
        if (typeof result === 'string') {
          expect(['invalid_token', 'temporarily_unavailable']).toContain(result);
          return;
        }
        accepted += 1;
        expect(passesByTheRules(answer)).toBe(true);
      }),
      { numRuns: 1000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it('whatever bytes are answered, nothing else is thrown', async () => {
    const body = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.uint8Array());
    const type = fc.constantFrom('application/json', 'text/html', 'application/jwt', '');
    const status = fc.constantFrom(200, 201, 302, 400, 401, 403, 404, 429, 500, 503);
    await fc.assert(
      fc.asyncProperty(body, type, status, async (bytes, contentType, code) => {
        const headers = { 'content-type': contentType };
        const answer = () => new Response(bytes as string, { status: code, headers });
        for (const mode of ['introspection', 'userinfo'] as const) {
          const result = await outcome(mode, answer);
          expect(['invalid_token', 'temporarily_unavailable']).toContain(result);
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** The rules once more, from RFC 7662 §2.2, for the members that the property changes. */
function passesByTheRules(answer: Readonly<Record<string, unknown>>): boolean {
  const { active, token_type, token_use, sub, aud, iss, exp, nbf } = answer;
  const isFor = aud === API || (Array.isArray(aud) && aud.includes(API));
  const lives = exp === undefined || (typeof exp === 'number' && exp > NOW - 60);
  const began = nbf === undefined || (typeof nbf === 'number' && nbf <= NOW + 60);
  const isAccess = token_use === undefined || token_use === 'access_token';
  const isBearer = /^bearer$/i.test(String(token_type)) && isAccess;
  const isOurs = iss === undefined || iss === ISSUER;
  const hasSubject = typeof sub === 'string' && sub !== '';
  return active === true && isBearer && isFor && lives && began && isOurs && hasSubject;
}

function nested(depth: number): Response {
  const deep = '['.repeat(depth) + ']'.repeat(depth);
  const body = JSON.stringify(GOOD).replace('}', `,"deep":${deep}}`);
  return new Response(body, { headers: { 'content-type': 'application/json' } });
}
