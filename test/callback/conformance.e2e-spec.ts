import { randomUUID } from 'node:crypto';
import { CompactEncrypt, exportJWK, exportSPKI, type JWK } from 'jose';
import type { UpbondAuthOptions } from 'nestjs-upbond-auth';
import { onTestFinished } from 'vitest';
import { CLIENT_SECRET, PLATFORMS, type Platform } from '../support/application.js';
import {
  accessTokenHash,
  sign,
  signingKey,
  signText,
  unsigned,
  withClaims,
  withHeader,
} from '../support/id-tokens.js';
import { startScriptedLogin, type ScriptedLogin } from '../support/scripted-login.js';
import type { ScriptedServer } from '../support/scripted-server.js';

/** One module of the OpenID Foundation's relying party plans: what the server does, what we do. */
interface Module {
  readonly id: string;
  readonly does: string;
  readonly arrange: (server: ScriptedServer) => void | Promise<void>;
  readonly options?: UpbondAuthOptions;
}

interface RefusingModule extends Module {
  readonly status: number;
  readonly code: string;
  /** How often the token endpoint may be asked for one login. @default 1 */
  readonly tokenRequests?: number;
}

const seconds = (): number => Math.floor(Date.now() / 1000);
const WEEK = 7 * 86_400;
const OTHER_ISSUER = 'https://other.example';

function idToken(make: ScriptedServer['makeIdToken']): Module['arrange'] {
  return (server) => {
    server.makeIdToken = make;
  };
}

const claims = (values: Record<string, unknown>) => idToken(withClaims(values));
const header = (values: Record<string, unknown>) => idToken(withHeader(values));

function signedWith(alg: string): Module['arrange'] {
  return async (server) => {
    server.key = await signingKey(alg);
  };
}

/** Several keys are published, and tokens do not say which one signed them. */
async function severalKeysAndNoKid(server: ScriptedServer): Promise<void> {
  const others = [await signingKey('RS256', 'old'), await signingKey('ES256')];
  const all = [...others, server.key].map(({ publicJwk }) => publicJwk);
  server.published = all.map((jwk) => ({ ...jwk, kid: undefined }));
  server.makeIdToken = withHeader({ kid: undefined });
}

/** The token is signed with a key that only the second answer of the key set holds. */
async function rotateJustBeforeSigning(server: ScriptedServer): Promise<void> {
  const old = server.key.publicJwk;
  server.key = await signingKey('RS256', 'rotated');
  server.script('jwks', () => ({
    body: { keys: server.count('jwks') > 1 ? [old, server.key.publicJwk] : [old] },
  }));
}

const ACCEPTED: readonly Module[] = [
  // Basic RP
  { id: 'oidcc-client-test', does: 'finishes a login', arrange: () => {} },
  {
    id: 'oidcc-client-test-kid-absent-single-jwks',
    does: 'accepts a token without kid when there is one key',
    arrange: header({ kid: undefined }),
  },
  {
    id: 'oidcc-client-test-kid-absent-multiple-jwks',
    does: 'tries all keys for a token without kid',
    arrange: severalKeysAndNoKid,
  },
  {
    id: 'oidcc-client-test-idtoken-sig-rs256',
    does: 'accepts RS256',
    arrange: signedWith('RS256'),
  },
  {
    id: 'oidcc-client-test-client-secret-basic',
    does: 'authenticates with HTTP Basic',
    arrange: () => {},
    options: { clientAuthentication: 'client_secret_basic' },
  },
  {
    id: 'oidcc-client-test-client-secret-basic (a secret and an id with special characters)',
    does: 'encodes both as a form does before it makes the header',
    arrange: () => {},
    options: {
      clientAuthentication: 'client_secret_basic',
      clientId: 'client:id/with %',
      clientSecret: 'a+secret: with/special%characters=ü&more',
    },
  },
  {
    id: 'client authentication none',
    does: 'sends no secret at all as a public client',
    arrange: () => {},
    options: { clientAuthentication: 'none', clientSecret: undefined },
  },
  // Config RP
  {
    id: 'oidcc-client-test-discovery-openid-config',
    does: 'uses the endpoints that the metadata name',
    arrange(server) {
      const random = () => `/${randomUUID()}/${randomUUID()}`;
      server.paths = {
        ...server.paths,
        authorize: random(),
        token: random(),
        jwks: random(),
        userinfo: random(),
      };
    },
  },
  {
    id: 'oidcc-client-test-discovery-jwks-uri-keys',
    does: 'fetches the keys where the metadata say',
    arrange(server) {
      server.paths.jwks = `/${randomUUID()}`;
    },
  },
  {
    id: 'oidcc-client-test-signing-key-rotation-just-before-signing',
    does: 'fetches the keys again for an unknown kid',
    arrange: rotateJustBeforeSigning,
  },
  {
    id: 'oidcc-client-test-signing-key-rotation-just-before-signing (without kid)',
    does: 'fetches the keys again when none of them verifies',
    async arrange(server) {
      await rotateJustBeforeSigning(server);
      server.makeIdToken = withHeader({ kid: undefined });
    },
  },
  // Comprehensive
  {
    id: 'oidcc-client-test-idtoken-sig-es256',
    does: 'accepts ES256',
    arrange: signedWith('ES256'),
  },
  { id: 'idtoken-sig-ps256', does: 'accepts PS256', arrange: signedWith('PS256') },
  { id: 'idtoken-sig-eddsa', does: 'accepts EdDSA', arrange: signedWith('EdDSA') },
  {
    id: 'oidcc-client-test-idtoken-sig-hs256',
    does: 'accepts HS256 by explicit option, with the client secret as the key',
    options: { idTokenSigningAlgorithms: ['HS256'] },
    arrange: idToken((draft) =>
      signText(JSON.stringify(draft.claims), { alg: 'HS256' }, Buffer.from(CLIENT_SECRET)),
    ),
  },
  {
    id: 'at_hash',
    does: 'accepts the hash of the access token',
    arrange: idToken((draft) => withClaims({ at_hash: accessTokenHash(draft.accessToken) })(draft)),
  },
  {
    id: 'at_hash (EdDSA)',
    does: 'accepts the hash of the access token, by SHA-512',
    async arrange(server) {
      server.key = await signingKey('EdDSA');
      server.makeIdToken = (draft) =>
        withClaims({ at_hash: accessTokenHash(draft.accessToken, 'sha512') })(draft);
    },
  },
  { id: 'typ absent', does: 'accepts a token without typ', arrange: header({ typ: undefined }) },
  { id: 'typ in lower case', does: 'accepts typ jwt', arrange: header({ typ: 'jwt' }) },
  // FAPI
  {
    id: 'fapi1-advanced-final-client-test-valid-aud-as-array',
    does: 'accepts aud as an array of one',
    arrange: (server) => claims({ aud: [server.client.clientId] })(server),
  },
  {
    id: 'azp',
    does: 'accepts our own azp',
    arrange: (server) => claims({ azp: server.client.clientId })(server),
  },
  {
    id: 'fapi1-advanced-final-client-test-no-scope-in-token-endpoint-response',
    does: 'takes the requested scope for granted when the answer has none',
    arrange(server) {
      server.tokenResponse = { scope: undefined };
    },
  },
  {
    id: 'fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in',
    does: 'accepts an answer without expires_in',
    arrange(server) {
      server.tokenResponse = { expires_in: undefined };
    },
  },
  {
    id: 'fapi2-security-profile-final-client-test-token-type-case-insensitivity',
    does: 'accepts bEARER',
    arrange(server) {
      server.tokenResponse = { token_type: 'bEARER' };
    },
  },
  {
    id: 'RFC 9207',
    does: 'accepts our issuer in the authorization response',
    arrange(server) {
      server.metadata = { authorization_response_iss_parameter_supported: true };
      server.authorizationResponse = { iss: server.url };
    },
  },
  {
    id: 'RFC 9207 (not announced)',
    does: 'accepts our issuer although it was not announced',
    arrange(server) {
      server.authorizationResponse = { iss: server.url };
    },
  },
  {
    id: 'clock skew',
    does: 'accepts a token from 30 seconds ahead',
    arrange: claims({ iat: seconds() + 30, nbf: seconds() + 30 }),
  },
  {
    id: 'optional claims that are null',
    does: 'accepts a user without name, e-mail and picture',
    arrange: claims({ name: null, email: null, picture: null }),
  },
  {
    id: 'sub of 255 characters',
    does: 'accepts the longest subject',
    arrange(server) {
      server.sub = 's'.repeat(255);
    },
  },
];

const ISSUER = { status: 502, code: 'id_token_issuer_mismatch' };
const MALFORMED = { status: 502, code: 'id_token_malformed' };
const AUDIENCE = { status: 502, code: 'id_token_audience_mismatch' };
const NO_AUDIENCE = { status: 502, code: 'id_token_audience_missing' };
const SIGNATURE = { status: 502, code: 'id_token_signature_invalid' };
const ALGORITHM = { status: 502, code: 'id_token_algorithm_refused' };
const EXPIRED = { status: 502, code: 'id_token_expired' };
const NONCE = { status: 400, code: 'id_token_nonce_mismatch' };
const NO_NONCE = { status: 400, code: 'id_token_nonce_missing' };
const AT_HASH = { status: 502, code: 'id_token_at_hash_mismatch' };
const RESPONSE_ISSUER = { status: 400, code: 'issuer_mismatch', tokenRequests: 0 };
const BAD_RESPONSE = { status: 400, code: 'invalid_request', tokenRequests: 0 };
const MISSING = { status: 502, code: 'id_token_missing' };

/** A token that says it is signed with this key, and is signed with another one of the same kind. */
const signedBySomebodyElse = idToken(async (draft) => {
  const key = await signingKey(draft.key.alg, 'of an attacker');
  return sign({ ...draft, key });
});

const REFUSED: readonly RefusingModule[] = [
  // Basic RP
  {
    id: 'oidcc-client-test-invalid-iss',
    does: 'refuses another issuer',
    arrange: claims({ iss: OTHER_ISSUER }),
    ...ISSUER,
  },
  {
    id: 'oidcc-client-test-missing-sub',
    does: 'refuses a token without sub',
    arrange: claims({ sub: undefined }),
    ...MALFORMED,
  },
  {
    id: 'oidcc-client-test-invalid-aud',
    does: 'refuses another audience',
    arrange: claims({ aud: 'another-client' }),
    ...AUDIENCE,
  },
  {
    id: 'oidcc-client-test-missing-iat',
    does: 'refuses a token without iat',
    arrange: claims({ iat: undefined }),
    ...MALFORMED,
  },
  {
    id: 'oidcc-client-test-idtoken-sig-none',
    does: 'refuses alg none',
    arrange: idToken(async ({ header: { kid }, claims: ours }) =>
      unsigned({ alg: 'none', kid }, ours),
    ),
    ...ALGORITHM,
  },
  {
    id: 'oidcc-client-test-invalid-sig-rs256',
    does: 'refuses a bad RS256 signature',
    arrange: signedBySomebodyElse,
    ...SIGNATURE,
  },
  {
    id: 'oidcc-client-test-nonce-invalid',
    does: 'refuses another nonce',
    arrange: claims({ nonce: 'another-nonce' }),
    ...NONCE,
  },
  // Comprehensive
  {
    id: 'oidcc-client-test-missing-aud',
    does: 'refuses a token without aud, with a code of its own',
    arrange: claims({ aud: undefined }),
    ...NO_AUDIENCE,
  },
  {
    id: 'oidcc-client-test-invalid-athash',
    does: 'refuses the hash of another access token',
    arrange: claims({ at_hash: accessTokenHash('another access token') }),
    ...AT_HASH,
  },
  {
    id: 'oidcc-client-test-invalid-sig-es256',
    does: 'refuses a bad ES256 signature',
    async arrange(server) {
      server.key = await signingKey('ES256');
      await signedBySomebodyElse(server);
    },
    ...SIGNATURE,
  },
  {
    id: 'oidcc-client-test-invalid-sig-hs256',
    does: 'refuses HS256 that nobody allowed, with the client secret as the key',
    arrange: idToken((draft) =>
      signText(JSON.stringify(draft.claims), { alg: 'HS256' }, Buffer.from(CLIENT_SECRET)),
    ),
    ...ALGORITHM,
  },
  {
    id: 'oidcc-client-test-invalid-sig-hs256 (allowed)',
    does: 'refuses a bad HS256 signature',
    options: { idTokenSigningAlgorithms: ['HS256'] },
    arrange: idToken((draft) =>
      signText(JSON.stringify(draft.claims), { alg: 'HS256' }, Buffer.from('x'.repeat(36))),
    ),
    ...SIGNATURE,
  },
  {
    id: 'HS256 with the public key',
    does: 'refuses the public key as the secret of a MAC',
    arrange: idToken(async (draft) => {
      const pem = await exportSPKI(draft.key.publicKey);
      const names = { alg: 'HS256', kid: draft.key.kid };
      return signText(JSON.stringify(draft.claims), names, Buffer.from(pem));
    }),
    ...ALGORITHM,
  },
  {
    id: 'no signature',
    does: 'refuses an RS256 token whose signature is cut off',
    arrange: idToken(async (draft) => unsigned(draft.header, draft.claims)),
    ...SIGNATURE,
  },
  {
    id: 'changed claims',
    does: 'refuses claims that were changed after signing',
    arrange: idToken(async (draft) => {
      const [, , signature] = (await sign(draft)).split('.');
      return unsigned(draft.header, { ...draft.claims, sub: 'admin' }, signature);
    }),
    ...SIGNATURE,
  },
  {
    id: 'embedded key',
    does: 'refuses a token that brings its own key in jwk',
    arrange: idToken(async (draft) => {
      const key = await signingKey('RS256', 'of an attacker');
      const jwk: JWK = await exportJWK(key.publicKey);
      return sign({ ...draft, key, header: { alg: 'RS256', jwk } });
    }),
    ...SIGNATURE,
  },
  {
    id: 'unknown kid',
    does: 'refuses a kid that the key set does not have, also when asked again',
    arrange: header({ kid: '../../etc/passwd' }),
    ...SIGNATURE,
  },
  {
    id: 'a key for another algorithm',
    does: 'refuses PS256 by a key that is published for RS256',
    async arrange(server) {
      server.key = await signingKey('PS256');
      server.published = [{ ...server.key.publicJwk, alg: 'RS256' }];
    },
    ...SIGNATURE,
  },
  {
    id: 'unknown crit',
    does: 'refuses an extension that has to be understood',
    arrange: idToken(async (draft) =>
      unsigned({ ...draft.header, crit: ['exp'], exp: 1 }, draft.claims, 'AAAA'),
    ),
    ...SIGNATURE,
  },
  {
    id: 'typ of an access token',
    does: 'refuses at+jwt',
    arrange: header({ typ: 'at+jwt' }),
    ...MALFORMED,
  },
  {
    id: 'typ of a logout token',
    does: 'refuses logout+jwt',
    arrange: header({ typ: 'logout+jwt' }),
    ...MALFORMED,
  },
  {
    id: 'events of a logout token',
    does: 'refuses a token with events',
    arrange: claims({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
    ...MALFORMED,
  },
  // FAPI
  {
    id: 'fapi1-advanced-final-client-test-invalid-missing-iss',
    does: 'refuses a token without iss',
    arrange: claims({ iss: undefined }),
    ...ISSUER,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-iss (one slash more)',
    does: 'refuses our issuer with a slash at the end',
    arrange: (server) => claims({ iss: `${server.url}/` })(server),
    ...ISSUER,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-secondary-aud',
    does: 'refuses a second audience that nobody trusts',
    arrange: (server) => claims({ aud: [server.client.clientId, 'another-client'] })(server),
    ...AUDIENCE,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-secondary-aud (with our azp)',
    does: 'refuses a second audience although azp is ours',
    arrange(server) {
      const { clientId } = server.client;
      server.makeIdToken = withClaims({ aud: [clientId, 'another-client'], azp: clientId });
    },
    ...AUDIENCE,
  },
  {
    id: 'foreign azp',
    does: 'refuses a token that was issued to another client',
    arrange: claims({ azp: 'another-client' }),
    ...AUDIENCE,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-missing-nonce',
    does: 'refuses a token without nonce, with a code of its own',
    arrange: claims({ nonce: undefined }),
    ...NO_NONCE,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-null-alg',
    does: 'refuses alg null',
    arrange: idToken(async (draft) => unsigned({ alg: null }, draft.claims)),
    ...MALFORMED,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-null-alg (absent)',
    does: 'refuses a header without alg',
    arrange: idToken(async (draft) => unsigned({ typ: 'JWT' }, draft.claims)),
    ...MALFORMED,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-alternate-alg',
    does: 'refuses RS256 where only PS256 is registered',
    options: { idTokenSigningAlgorithms: ['PS256'] },
    arrange: () => {},
    ...ALGORITHM,
  },
  ...['RS512', 'PS384', 'ES384'].map((alg) => ({
    id: `fapi1-advanced-final-client-test-invalid-alternate-alg (${alg})`,
    does: `refuses ${alg}`,
    arrange: signedWith(alg),
    ...ALGORITHM,
  })),
  {
    id: 'fapi1-advanced-final-client-test-invalid-expired-exp',
    does: 'refuses an expired token',
    arrange: claims({ exp: seconds() - 300, iat: seconds() - 600 }),
    ...EXPIRED,
  },
  {
    id: 'fapi1-advanced-final-client-test-invalid-missing-exp',
    does: 'refuses a token without exp',
    arrange: claims({ exp: undefined }),
    ...MALFORMED,
  },
  {
    id: 'fapi1-advanced-final-client-test-iat-is-week-in-past',
    does: 'refuses a token from last week',
    arrange: claims({ iat: seconds() - WEEK }),
    ...EXPIRED,
  },
  {
    id: 'iat in the future',
    does: 'refuses a token from five minutes ahead',
    arrange: claims({ iat: seconds() + 300 }),
    ...EXPIRED,
  },
  {
    id: 'nbf in the future',
    does: 'refuses a token that is not valid yet',
    arrange: claims({ nbf: seconds() + 300 }),
    ...EXPIRED,
  },
  {
    id: 'fapi1-advanced-final-client-test-encrypted-idtoken',
    does: 'refuses an encrypted token, which nobody agreed on',
    arrange: idToken(async (draft) => {
      const { publicKey } = await signingKey('RSA-OAEP');
      const names = { alg: 'RSA-OAEP', enc: 'A256GCM', cty: 'JWT' };
      return new CompactEncrypt(Buffer.from(await sign(draft)))
        .setProtectedHeader(names)
        .encrypt(publicKey);
    }),
    ...ALGORITHM,
  },
  {
    id: 'no ID token',
    does: 'refuses an answer without id_token',
    arrange: idToken(async () => undefined),
    ...MISSING,
  },
  {
    id: 'fapi2-security-profile-final-client-test-invalid-authorization-response-iss',
    does: 'refuses another iss and calls no other endpoint',
    arrange(server) {
      server.metadata = { authorization_response_iss_parameter_supported: true };
      server.authorizationResponse = { iss: OTHER_ISSUER };
    },
    ...RESPONSE_ISSUER,
  },
  {
    id: 'fapi2-…-invalid-authorization-response-iss (not announced)',
    does: 'refuses another iss although none was announced',
    arrange(server) {
      server.authorizationResponse = { iss: OTHER_ISSUER };
    },
    ...RESPONSE_ISSUER,
  },
  {
    id: 'fapi2-…-invalid-authorization-response-iss (one slash more)',
    does: 'compares iss byte for byte',
    arrange(server) {
      server.authorizationResponse = { iss: `${server.url}/` };
    },
    ...RESPONSE_ISSUER,
  },
  {
    id: 'fapi2-security-profile-final-client-test-remove-authorization-response-iss',
    does: 'refuses a response without the announced iss and calls no other endpoint',
    arrange(server) {
      server.metadata = { authorization_response_iss_parameter_supported: true };
    },
    ...RESPONSE_ISSUER,
  },
  {
    id: 'RFC 9207 on an error',
    does: 'believes no error of another iss',
    arrange(server) {
      const error = { code: undefined, error: 'access_denied' };
      server.authorizationResponse = { ...error, iss: OTHER_ISSUER };
    },
    ...RESPONSE_ISSUER,
  },
  {
    id: 'RFC 9207 on an error (iss missing)',
    does: 'believes no error without the announced iss',
    arrange(server) {
      server.metadata = { authorization_response_iss_parameter_supported: true };
      server.authorizationResponse = { code: undefined, error: 'access_denied' };
    },
    ...RESPONSE_ISSUER,
  },
  {
    id: 'code and error',
    does: 'refuses a response that is both',
    arrange(server) {
      server.authorizationResponse = { error: 'access_denied' };
    },
    ...BAD_RESPONSE,
  },
  {
    id: 'neither code nor error',
    does: 'refuses a response that is neither',
    arrange(server) {
      server.authorizationResponse = { code: undefined };
    },
    ...BAD_RESPONSE,
  },
  {
    id: 'empty code',
    does: 'refuses an empty code',
    arrange(server) {
      server.authorizationResponse = { code: '' };
    },
    ...BAD_RESPONSE,
  },
  {
    id: 'oidcc-client-formpost-error',
    does: 'shows an error that is ours',
    arrange(server) {
      const error = { code: undefined, error: 'login_required' };
      server.authorizationResponse = { ...error, error_description: '<script>alert(1)</script>' };
    },
    status: 401,
    code: 'login_required',
    tokenRequests: 0,
  },
  {
    id: 'an error of our own vocabulary',
    does: 'does not let the server speak for us',
    arrange(server) {
      server.authorizationResponse = { code: undefined, error: 'session_too_large' };
    },
    status: 502,
    code: 'authorization_failed',
    tokenRequests: 0,
  },
];

/** A claim of the wrong type or size. */
type ClaimCase = readonly [name: string, values: readonly unknown[], refusal: { code: string }];

const CLAIMS: readonly ClaimCase[] = [
  ['sub', [1, null, '', 's'.repeat(256), 's'.repeat(300), [], ['sub'], {}, true], MALFORMED],
  ['iss', [1, null, '', [], {}, ['https://auth3.upbond.io']], ISSUER],
  ['aud', [1, null, {}, true, [1], [null], [['test-client']]], MALFORMED],
  ['aud', ['', [], ['test-client', 'test-client']], AUDIENCE],
  ['azp', [1, null, '', {}, ['test-client']], AUDIENCE],
  ['exp', ['9999999999', null, {}, [], true], MALFORMED],
  ['exp', [0, 1], EXPIRED],
  ['iat', ['1', null, {}, [], -1, true], MALFORMED],
  ['nbf', ['1', null, {}, [], -1], MALFORMED],
  ['nonce', [1, null, '', [], {}, 'x'.repeat(300)], NONCE],
  ['at_hash', [1, null, '', [], {}], AT_HASH],
  ['auth_time', ['1', null, -1, []], MALFORMED],
  ['sid', [1, [], {}, 's'.repeat(2049)], MALFORMED],
  ['name', [1, [], {}, 'n'.repeat(2049)], MALFORMED],
  ['email', [1, ['hanako@example.com'], 'e'.repeat(2049)], MALFORMED],
  ['picture', [1, {}, 'p'.repeat(2049)], MALFORMED],
  ['jti', [1, [], 'j'.repeat(2049)], MALFORMED],
];

function shorten(text: string): string {
  return text.length > 30 ? `${text.slice(0, 12)}… of ${text.length - 2} characters` : text;
}

const PAYLOADS: readonly [what: string, payload: string][] = [
  ['an array', '["sub"]'],
  ['null', 'null'],
  ['a string', '"sub"'],
  ['no JSON', '{"sub":'],
  ['empty', ''],
];

const TOKENS: readonly [what: string, token: unknown, code: string][] = [
  ['a number', 1, 'token_response_invalid'],
  ['an object', {}, 'token_response_invalid'],
  ['empty', '', 'token_response_invalid'],
  ['longer than 16 kB', 'x'.repeat(16 * 1024 + 1), 'token_response_invalid'],
  ['not a JWT', 'not-a-jwt', MALFORMED.code],
  ['two dots', '..', MALFORMED.code],
  ['four dots', 'a.b.c.d.e', MALFORMED.code],
  ['null', null, MISSING.code],
];

async function expectSignedIn(login: ScriptedLogin): Promise<void> {
  const landed = await login.signIn();
  expect({ status: landed.status, url: landed.url }).toEqual({
    status: 200,
    url: `${login.url}/me`,
  });
  expect(JSON.parse((await login.me()).body)).toMatchObject({ sub: login.server.sub });
  expect(await login.sessionCookies()).not.toEqual([]);
}

/** A person sees a page, a program JSON; neither is signed in afterwards. */
async function expectRefused(login: ScriptedLogin, status: number, code: string): Promise<void> {
  const page = await login.finish(await login.upToCallback());
  expect({ status: page.status, code: /Code: (\w+)/.exec(page.body)?.[1] }).toEqual({
    status,
    code,
  });
  await expectSignedOut(login);
  const program = login.anotherBrowser();
  const json = await program.finish(await program.upToCallback(), { accept: 'application/json' });
  expect(json.status).toBe(status);
  expect(JSON.parse(json.body)).toMatchObject({ statusCode: status, error: code });
  await expectSignedOut(program);
}

async function expectSignedOut(login: ScriptedLogin): Promise<void> {
  expect(await login.sessionCookies()).toEqual([]);
  expect((await login.me()).status).toBe(401);
}

function named<M extends Module>(modules: readonly M[]): [name: string, module: M][] {
  return modules.map((module) => [`${module.id}: ${module.does}`, module]);
}

function start(platform: Platform, options?: UpbondAuthOptions): Promise<ScriptedLogin> {
  return startScriptedLogin({ platform, ...(options && { options }) }, onTestFinished);
}

describe.each(PLATFORMS)('Conformance of the relying party (%s)', (platform) => {
  describe('accepts', () => {
    it.each(named(ACCEPTED))('%s', async (_name, { arrange, options }) => {
      const login = await start(platform, options);
      await arrange(login.server);
      await expectSignedIn(login);
      expect(login.server.count('token')).toBe(1);
    });

    it('oidcc-client-test-scope-userinfo-claims: asks for the scopes and uses the claims', async () => {
      const login = await start(platform, { scope: 'openid profile email address phone' });
      const about = {
        given_name: 'Hanako',
        birthdate: '1990-01-01',
        email: 'hanako@example.com',
        email_verified: true,
        address: { country: 'JP', locality: 'Tokyo' },
        phone_number: '+81 90 0000 0001',
      };
      login.server.makeIdToken = withClaims(about);
      await expectSignedIn(login);
      expect(JSON.parse((await login.me()).body)).toMatchObject(about);
      expect(login.server.last('authorize').query.get('scope')).toBe(
        'openid profile email address phone',
      );
    });

    it('oidcc-client-test-userinfo-invalid-sub: never asks the user endpoint, so nothing it says counts', async () => {
      const login = await start(platform);
      login.server.script('userinfo', { body: { sub: 'somebody else' } });
      await expectSignedIn(login);
      expect(login.server.count('userinfo')).toBe(0);
    });

    it('oidcc-client-test-signing-key-rotation: fetches the new key between two logins', async () => {
      const login = await start(platform);
      await expectSignedIn(login);
      login.server.key = await signingKey('RS256', 'rotated');
      await expectSignedIn(login.anotherBrowser());
      expect(login.server.count('jwks')).toBe(2);
    });

    it('oidcc-client-test-signing-key-rotation (no kid): fetches the new key between two logins', async () => {
      const login = await start(platform);
      login.server.makeIdToken = withHeader({ kid: undefined });
      await expectSignedIn(login);
      login.server.key = await signingKey('RS256', 'rotated');
      await expectSignedIn(login.anotherBrowser());
      expect(login.server.count('jwks')).toBe(2);
    });

    it('keeps to one key set for many logins', async () => {
      const login = await start(platform);
      await expectSignedIn(login);
      await expectSignedIn(login.anotherBrowser());
      await expectSignedIn(login.anotherBrowser());
      expect(login.server.count('jwks')).toBe(1);
      expect(login.server.count('discovery')).toBe(1);
    });
  });

  describe('refuses', () => {
    it.each(named(REFUSED))(
      '%s',
      async (_name, { arrange, options, status, code, tokenRequests = 1 }) => {
        const login = await start(platform, options);
        await arrange(login.server);
        await expectRefused(login, status, code);
        expect(login.server.count('token')).toBe(2 * tokenRequests);
      },
    );

    it('oidcc-client-test-discovery-issuer-mismatch: makes no authorization request', async () => {
      const login = await start(platform);
      login.server.metadata = { issuer: OTHER_ISSUER };
      const answer = await login.signIn();
      expect(answer.status).toBe(503);
      expect(answer.body).toContain('Code: temporarily_unavailable');
      expect(login.server.count('authorize')).toBe(0);
      expect(await login.browser.cookieNames(login.url)).toEqual([]);
      login.server.metadata = {};
      await expectSignedIn(login);
    });

    it.each([
      ['ensure-authorization-response-with-invalid-state-fails', 'made-up'],
      ['ensure-authorization-response-with-invalid-missing-state-fails', undefined],
      ['an empty state', ''],
    ])(
      'fapi2-…-%s: never reaches the token endpoint, and starts only one fresh login',
      async (_id, state) => {
        const login = await start(platform);
        login.server.authorizationResponse = { state };
        const answer = await login.signIn();
        expect(answer.status).toBe(400);
        expect(answer.body).toContain('Code: state_mismatch');
        expect(login.server.count('authorize')).toBe(2);
        expect(login.server.count('token')).toBe(0);
        await expectSignedOut(login);
        login.server.heal();
        await expectSignedIn(login);
      },
    );

    it.each(['code', 'state', 'iss', 'error', 'error_description'])(
      'a response that repeats %s, without a token request',
      async (name) => {
        const login = await start(platform);
        const callback = new URL(await login.upToCallback());
        const values = { error: 'access_denied', error_description: 'x', iss: login.server.url };
        const value = callback.searchParams.get(name) ?? values[name as keyof typeof values];
        callback.searchParams.append(name, value);
        callback.searchParams.append(name, value);
        const answer = await login.finish(callback.href, { 'sec-fetch-mode': 'cors' });
        const code = name === 'state' ? 'state_mismatch' : 'invalid_request';
        expect({ status: answer.status, named: answer.body.includes(`Code: ${code}`) }).toEqual({
          status: 400,
          named: true,
        });
        expect(login.server.count('token')).toBe(0);
        await expectSignedOut(login);
      },
    );
  });

  describe('refuses ID tokens that are not what they should be', () => {
    // One application for a whole row: nothing that was refused may disturb the next login
    it.each(CLAIMS)('claim %s of a wrong type or size', async (name, values, { code }) => {
      const login = await start(platform);
      for (const value of values) {
        login.server.makeIdToken = withClaims({ [name]: value });
        const browser = login.anotherBrowser();
        const answer = await browser.signIn();
        const shown = `${name}: ${shorten(JSON.stringify(value))}`;
        expect.soft(/Code: (\w+)/.exec(answer.body)?.[1], shown).toBe(code);
        await expectSignedOut(browser);
      }
      login.server.heal();
      await expectSignedIn(login);
    });

    it.each(PAYLOADS)('a signed payload that is %s', async (_what, payload) => {
      const login = await start(platform);
      login.server.makeIdToken = ({ header: names, key }) =>
        signText(payload, names, key.privateKey);
      await expectRefused(login, 502, MALFORMED.code);
    });

    it('an exp without an end', async () => {
      const login = await start(platform);
      login.server.makeIdToken = ({ claims: ours, header: names, key }) => {
        const payload = JSON.stringify({ ...ours, exp: 0 }).replace('"exp":0', '"exp":1e400');
        return signText(payload, names, key.privateKey);
      };
      await expectRefused(login, 502, MALFORMED.code);
    });

    it.each(TOKENS)('an id_token that is %s', async (_what, token, code) => {
      const login = await start(platform);
      login.server.tokenResponse = { id_token: token };
      await expectRefused(login, 502, code);
    });

    it('has distinct codes for a missing and a wrong nonce, and for a missing and a wrong aud', () => {
      const codes = [NONCE, NO_NONCE, AUDIENCE, NO_AUDIENCE].map(({ code }) => code);
      expect(new Set(codes).size).toBe(4);
    });
  });
});

const USERINFO: readonly [what: string, body: unknown][] = [
  ['no sub', { name: 'Hanako' }],
  ['a number for sub', { sub: 1 }],
  ['null for sub', { sub: null }],
  ['an array for sub', { sub: ['a'] }],
  ['an empty sub', { sub: '' }],
  ['a sub of 300 characters', { sub: 's'.repeat(300) }],
  ['an array', [{ sub: 'a' }]],
  ['null', null],
];

describe.each(PLATFORMS)('OAuth alone (%s)', (platform) => {
  function startOAuthOnly(): Promise<ScriptedLogin> {
    return startScriptedLogin(
      {
        platform,
        isOpenid: false,
        options: { dangerouslyAllowOAuthOnly: true, scope: 'profile' },
        optionsFor: ({ url }) => ({ endpoints: { userinfoEndpoint: `${url}/userinfo` } }),
      },
      onTestFinished,
    );
  }

  it('sends neither openid nor a nonce and takes the user from the configured user endpoint', async () => {
    const login = await startOAuthOnly();
    await expectSignedIn(login);
    expect(login.server.last('authorize').query.has('nonce')).toBe(false);
    expect(login.server.count('jwks')).toBe(0);
    expect(login.server.count('userinfo')).toBe(1);
  });

  it('believes no ID token that comes along', async () => {
    const login = await startOAuthOnly();
    login.server.tokenResponse = { id_token: unsigned({ alg: 'none' }, { sub: 'admin' }) };
    await expectSignedIn(login);
  });

  it.each(USERINFO)('refuses a user endpoint that answers %s', async (_what, body) => {
    const login = await startOAuthOnly();
    login.server.script('userinfo', { body: body as object });
    await expectRefused(login, 502, 'userinfo_invalid');
    login.server.heal();
    await expectSignedIn(login.anotherBrowser());
  });

  it('refuses a user endpoint that answers with a signed token', async () => {
    const login = await startOAuthOnly();
    const { key, sub } = login.server;
    const body = await sign({ claims: { sub }, header: { alg: key.alg }, key });
    login.server.script('userinfo', { body, headers: { 'content-type': 'application/jwt' } });
    await expectRefused(login, 502, 'userinfo_invalid');
  });
});
