import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { exportSPKI } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, PLATFORMS } from '../support/application.js';
import { signingKey, signText, unsigned } from '../support/id-tokens.js';
import { UserAgent } from '../support/user-agent.js';
import { API, startBearerApplication, type BearerApplication } from './fixture.js';

describe.each(PLATFORMS)('attacks with bearer tokens on %s', (platform) => {
  let app: BearerApplication;

  beforeAll(async () => {
    app = await startBearerApplication(platform);
  });

  afterAll(() => app.close());

  function claims(): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return { iss: app.server.url, sub: 'did:key:z1', aud: API, exp: now + 600, iat: now };
  }

  async function hs256(secret: string): Promise<string> {
    const header = { alg: 'HS256', kid: app.server.key.kid, typ: 'JWT' };
    return signText(JSON.stringify(claims()), header, Buffer.from(secret));
  }

  it.each<[string, () => Promise<string>]>([
    ['alg none', async () => unsigned({ alg: 'none' }, claims())],
    ['alg nOnE with a signature', async () => unsigned({ alg: 'nOnE' }, claims(), 'AAAA')],
    ['HS256 with the public key', async () => hs256(await exportSPKI(app.server.key.publicKey))],
    ['HS256 with the public JWK', () => hs256(JSON.stringify(app.server.key.publicJwk))],
    ['HS256 with the client secret', () => hs256(CLIENT_SECRET)],
    ['a key of its own in jwk', () => foreign((key) => ({ jwk: key.publicJwk }))],
    ['a key of its own behind jku', () => foreign(() => ({ jku: 'http://127.0.0.1:1/jwks' }))],
    ['a key of its own behind x5u', () => foreign(() => ({ x5u: 'http://127.0.0.1:1/cert' }))],
    ['a key of its own under a known kid', () => foreign(() => ({ kid: app.server.key.kid }))],
    ['a kid that is a path', () => app.token({}, { kid: '../../../dev/null' })],
    ['crit', async () => reheaded(await app.token(), { crit: ['exp'] })],
    ['b64', async () => reheaded(await app.token(), { b64: false, crit: ['b64'] })],
    ['an ID token', () => app.token({ aud: CLIENT_ID, nonce: 'n' })],
    ['an ID token for the API', () => app.token({ nonce: 'n', at_hash: 'h' })],
    ['a logout token', () => app.token({ events: {} }, { typ: 'logout+jwt' })],
    ['a token of another kind', () => app.token({}, { typ: 'secevent+jwt' })],
    ['an at+jwt that is none', () => app.token({}, { typ: 'at+jwt' })],
    ['a token for another API', () => app.token({ aud: `${API}.evil.example` })],
    ['a token of another issuer', () => app.token({ iss: 'https://evil.example' })],
    ['a scope that only begins alike', () => app.token({ scope: 'read:contacts-of-others' })],
  ])('%s', async (name, token) => {
    const answer = await app.withToken('/scope', token());
    expect(answer.status).toBe(name.startsWith('a scope') ? 403 : 401);
  });

  async function foreign(header: (key: Awaited<ReturnType<typeof signingKey>>) => object) {
    const key = await signingKey('RS256', 'of an attacker');
    return app.token({}, header(key), key);
  }

  it('a good token whose bytes were flipped, cut, doubled, swapped or put in is never accepted', async () => {
    const good = await app.token();
    expect((await app.withToken('/me', good)).status).toBe(200);
    const at = fc.nat(good.length - 1);
    const by = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/='.split(''),
    );
    const change = fc.constantFrom('flip', 'cut', 'end', 'double', 'insert', 'swap');
    await fc.assert(
      fc.asyncProperty(at, at, by, change, async (one, other, character, kind) => {
        const [start, end] = [good.slice(0, one), good.slice(one + 1)];
        const list = good.split('');
        [list[one], list[other]] = [good.charAt(other), good.charAt(one)];
        const changed = {
          flip: start + character + end,
          cut: start + end,
          end: start,
          double: start + good.charAt(one) + good.slice(one),
          insert: start + character + good.slice(one),
          swap: list.join(''),
        };
        const bad = changed[kind as keyof typeof changed];
        fc.pre(bad !== good);
        expect([400, 401]).toContain((await app.withToken('/me', bad)).status);
      }),
      { numRuns: 300 },
    );
  });

  it('a token in the query, in the body or in a cookie is not looked at', async () => {
    const token = await app.token();
    expect((await app.get(`/me?access_token=${token}`)).status).toBe(401);
    expect((await app.get('/me', { cookie: `access_token=${token}` })).status).toBe(401);
    const post = { method: 'POST', body: new URLSearchParams({ access_token: token }) };
    expect((await new UserAgent().request(`${app.url}/change`, post)).status).toBe(401);
  });

  /** What Node's own client would refuse to send. */
  async function raw(...headers: string[]): Promise<string> {
    const { port } = new URL(app.url);
    const socket = connect(Number(port), '127.0.0.1');
    const lines = ['GET /me HTTP/1.1', `Host: localhost:${port}`, 'Connection: close', ...headers];
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
    return text(socket);
  }

  it('two Authorization headers are malformed, whichever is good', async () => {
    const good = `Authorization: Bearer ${await app.token()}`;
    expect(await raw(good)).toMatch(/^HTTP\/1.1 200 /);
    expect(await raw(good, good)).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw(good, 'authorization: Bearer x')).toMatch(/^HTTP\/1.1 400 /);
    expect(await raw('AUTHORIZATION: Basic dTpw', good)).toMatch(/^HTTP\/1.1 400 /);
  });

  it('line breaks in a header inject nothing into the answer', async () => {
    for (const value of ['a\r\n b', 'a\rSet-Cookie: x=1', 'a\nSet-Cookie: x=1', 'a\0b', 'a"b\\']) {
      const answer = await raw(`Authorization: Bearer ${value}`);
      expect(answer).toMatch(/^HTTP\/1.1 40[01] /);
      expect(answer).not.toMatch(/set-cookie/i);
    }
  });

  it('an oversized header is refused and does no harm', async () => {
    expect(await raw(`Authorization: Bearer ${'a'.repeat(12_000)}`)).toMatch(/^HTTP\/1.1 401 /);
    expect(await raw(`Authorization: Bearer ${'a'.repeat(200_000)}`)).toMatch(/^(HTTP\/1.1 4|$)/);
    expect((await app.withToken('/me', app.token())).status).toBe(200);
  });

  it('many tokens with unknown keys ask the authorization server at most once more', async () => {
    await app.withToken('/me', app.token());
    const before = app.server.count('jwks');
    const [, body, signature] = (await app.token()).split('.');
    for (let index = 0; index < 50; index++) {
      const header = { alg: 'RS256', kid: `random-${index}`, typ: 'JWT' };
      const head = Buffer.from(JSON.stringify(header)).toString('base64url');
      expect((await app.withToken('/me', `${head}.${body}.${signature}`)).status).toBe(401);
    }
    expect(app.server.count('jwks') - before).toBeLessThanOrEqual(1);
  });
});

function reheaded(token: string, header: object): string {
  const [head = '', body, signature] = token.split('.');
  const old = JSON.parse(Buffer.from(head, 'base64url').toString()) as object;
  const changed = Buffer.from(JSON.stringify({ ...old, ...header })).toString('base64url');
  return `${changed}.${body}.${signature}`;
}
