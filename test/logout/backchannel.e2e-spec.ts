import { randomUUID } from 'node:crypto';
import { APP_GUARD } from '@nestjs/core';
import { exportSPKI, generateKeyPair } from 'jose';
import { UpbondGuard } from 'nestjs-upbond-auth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_SECRET, PLATFORMS } from '../support/application.js';
import { Scene } from './fixture.js';
import { ANSWERS, EVENT, type LoginServer } from './login-server.js';

type Make = (server: LoginServer) => Promise<string> | string;

const seconds = (): number => Math.floor(Date.now() / 1000);
const claims =
  (changes: Record<string, unknown>): Make =>
  (server) =>
    server.logoutToken(changes);
const header =
  (changes: Record<string, unknown>): Make =>
  (server) =>
    server.logoutToken({}, changes);

function unsigned(server: LoginServer, alg: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg, typ: 'logout+jwt' })}.${part(server.logoutClaims())}.`;
}

/** What the conformance suite's back-channel plan sends, and worse. */
const HOSTILE: readonly (readonly [name: string, make: Make])[] = [
  ['-alg-none', (server) => unsigned(server, 'none')],
  ['alg NONE', (server) => unsigned(server, 'NONE')],
  [
    '-wrong-alg: HS256 with the client secret',
    (server) => server.logoutToken({}, { alg: 'HS256' }, Buffer.from(CLIENT_SECRET)),
  ],
  [
    '-wrong-alg: HS256 with the public key',
    async (server) =>
      server.logoutToken(
        {},
        { alg: 'HS256' },
        Buffer.from(await exportSPKI(server.keys.publicKey)),
      ),
  ],
  [
    'another key',
    async (server) => server.logoutToken({}, {}, (await generateKeyPair('RS256')).privateKey),
  ],
  [
    'another key that nobody names',
    async (server) =>
      server.logoutToken({}, { kid: undefined }, (await generateKeyPair('RS256')).privateKey),
  ],
  ['-no-event', claims({ events: undefined })],
  ['an empty events', claims({ events: {} })],
  ['-wrong-event', claims({ events: { 'http://schemas.openid.net/event/other': {} } })],
  ['an event that is no object', claims({ events: { [EVENT]: true } })],
  ['-with-nonce', claims({ nonce: 'n' })],
  ['-wrong-aud', claims({ aud: 'another-client' })],
  [
    'one audience too many',
    (server) => server.logoutToken({ aud: [server.logoutClaims()['aud'], 'another-client'] }),
  ],
  ['-wrong-iss', claims({ iss: 'https://another.example' })],
  ['expired', claims({ iat: seconds() - 200, exp: seconds() - 100 })],
  ['without exp', claims({ exp: undefined })],
  ['from the future', claims({ iat: seconds() + 600, exp: seconds() + 900 })],
  ['from the past', claims({ iat: seconds() - 600, exp: seconds() + 900 })],
  ['without iat', claims({ iat: undefined })],
  ['without jti', claims({ jti: undefined })],
  ['without sub and sid', claims({ sub: undefined, sid: undefined })],
  ['with a sub of another type', claims({ sub: { toString: 'x' } })],
  ['with a sid of another type', claims({ sid: ['a'] })],
  ['typ at+jwt', header({ typ: 'at+jwt' })],
  ['typ of something else', header({ typ: 'secevent+jwt' })],
  ['longer than 16 kB', claims({ padding: 'x'.repeat(16_384) })],
  ['not a JWT', () => 'not a JWT'],
  ['nothing', () => ''],
];

describe.each(PLATFORMS)('back-channel logout on %s', (platform) => {
  let scene: Scene;
  let server: LoginServer;

  beforeAll(async () => {
    scene = await Scene.start({ platform });
    ({ server } = scene);
  });
  afterAll(() => scene.close());
  beforeEach(() => {
    server.sub = `did:key:${randomUUID()}`;
    server.sid = randomUUID();
  });

  it('ends the session that sid names, and only that', async () => {
    const phone = await scene.visitor().signIn();
    const token = server.logoutToken();
    server.sid = randomUUID();
    const laptop = await scene.visitor().signIn();
    const answer = await scene.send(token);
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect([await phone.isSignedIn(), await laptop.isSignedIn()]).toEqual([false, true]);
  });

  it('ends all sessions of a subject, and nobody else’s', async () => {
    const phone = await scene.visitor().signIn();
    server.sid = undefined;
    const laptop = await scene.visitor().signIn();
    const token = server.logoutToken();
    server.sub = `did:key:${randomUUID()}`;
    const somebodyElse = await scene.visitor().signIn();
    expect(await scene.send(token)).toMatchObject({ status: 200 });
    expect([await phone.isSignedIn(), await laptop.isSignedIn()]).toEqual([false, false]);
    expect(await somebodyElse.isSignedIn()).toBe(true);
  });

  it('leaves alone who signs in afterwards', async () => {
    const visitor = await scene.visitor().signIn();
    expect(await scene.send(server.logoutToken({ sid: undefined }))).toMatchObject({ status: 200 });
    expect(await visitor.isSignedIn()).toBe(false);
    await visitor.signIn();
    expect(await visitor.isSignedIn()).toBe(true);
  });

  it('does not end a session that began after the token was made', async () => {
    const iat = seconds() - 200;
    const visitor = await scene.visitor().signIn();
    expect(await scene.send(server.logoutToken({ iat, exp: iat + 400 }))).toMatchObject({
      status: 200,
    });
    expect(await visitor.isSignedIn()).toBe(true);
    expect(await scene.send(server.logoutToken())).toMatchObject({ status: 200 });
    expect(await visitor.isSignedIn()).toBe(false);
  });

  it.each(['JWT', undefined, 'application/logout+jwt'])('accepts typ %s', async (typ) => {
    const visitor = await scene.visitor().signIn();
    expect(await scene.send(server.logoutToken({}, { typ }))).toMatchObject({ status: 200 });
    expect(await visitor.isSignedIn()).toBe(false);
  });

  it('accepts a token for somebody who has no session here', async () => {
    expect(await scene.send(server.logoutToken())).toMatchObject({ status: 200 });
  });

  it.each(HOSTILE)('refuses a token %s', async (_name, make) => {
    const visitor = await scene.visitor().signIn();
    const answer = await scene.send(make(server));
    expect(answer.status).toBe(400);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(JSON.parse(answer.body)).toEqual({
      error: 'invalid_request',
      error_description: 'The logout token cannot be accepted.',
      code: 'logout_token_invalid',
    });
    expect(await visitor.isSignedIn()).toBe(true);
    expect(await scene.send(server.logoutToken())).toMatchObject({ status: 200 });
    expect(await visitor.isSignedIn()).toBe(false);
  });

  it('refuses a replay, which would end the next session', async () => {
    const token = await server.logoutToken();
    expect(await scene.send(token)).toMatchObject({ status: 200 });
    const visitor = await scene.visitor().signIn();
    expect(await scene.send(token)).toMatchObject({ status: 400 });
    expect(await visitor.isSignedIn()).toBe(true);
  });

  it('answers one of two that come at the same time', async () => {
    const token = await server.logoutToken();
    const answers = await Promise.all([scene.send(token), scene.send(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  const bodies: [string, (token: string) => [string, Record<string, string>?], number][] = [
    ['two tokens', (token) => [`logout_token=${token}&logout_token=${token}`], 400],
    ['a list', (token) => [`logout_token[]=${token}`], 400],
    ['an object', (token) => [`logout_token[a]=${token}`], 400],
    ['another field', (token) => [`id_token=${token}`], 400],
    ['an empty form', () => [''], 400],
    [
      'JSON',
      (token) => [JSON.stringify({ logout_token: token }), { 'content-type': 'application/json' }],
      400,
    ],
    ['plain text', (token) => [`logout_token=${token}`, { 'content-type': 'text/plain' }], 400],
    ['broken JSON', () => ['{', { 'content-type': 'application/json' }], 400],
    ['two megabytes', (token) => [`logout_token=${token}&x=${'x'.repeat(2 ** 21)}`], 413],
  ];
  it.each(bodies)('refuses %s', async (_name, make, status) => {
    const visitor = await scene.visitor().signIn();
    const token = await server.logoutToken();
    expect(await scene.notify(...make(token))).toMatchObject({ status });
    expect(await visitor.isSignedIn()).toBe(true);
    expect(await scene.send(token)).toMatchObject({ status: 200 });
    expect(await visitor.isSignedIn()).toBe(false);
  });

  it('is not there for GET, and takes no token from the query', async () => {
    const visitor = await scene.visitor().signIn();
    const token = await server.logoutToken();
    const address = `${scene.url}/auth/backchannel-logout?logout_token=${token}`;
    expect(await visitor.agent.request(address)).toMatchObject({ status: 404 });
    expect(await visitor.agent.request(address, { method: 'POST' })).toMatchObject({ status: 400 });
    expect(await visitor.isSignedIn()).toBe(true);
  });

  it('answers JSON whoever asks, and never a page', async () => {
    const answer = await scene.notify('logout_token=x', { accept: 'text/html' });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  });
});

describe.each(PLATFORMS)('back-channel logout on %s, in an application', (platform) => {
  it('that guards everything and has its own protection against other sites', async () => {
    const guard = { provide: APP_GUARD, useExisting: UpbondGuard };
    const scene = await Scene.start({
      platform,
      providers: [guard],
      configure: (app) => void app.enableCsrfProtection(),
    });
    try {
      const visitor = await scene.visitor().signIn();
      expect(await scene.send(scene.server.logoutToken())).toMatchObject({ status: 200 });
      expect(await visitor.isSignedIn()).toBe(false);
    } finally {
      await scene.close();
    }
  });

  it.each(['/.well-known/openid-configuration', '/.well-known/jwks.json'])(
    'whose server does not answer at %s: 503, and the same token later',
    async (path) => {
      const scene = await Scene.start({ platform });
      try {
        scene.server.scripts.set(path, ANSWERS.serverError);
        const token = await scene.server.logoutToken();
        const answer = await scene.send(token);
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toBe('30');
        expect(answer.headers.get('cache-control')).toBe('no-store');
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'temporarily_unavailable' });
        // Nonsense is refused without asking the server
        expect(await scene.send('not a JWT')).toMatchObject({ status: 400 });
        scene.server.scripts.clear();
        expect(await scene.send(token)).toMatchObject({ status: 200 });
        expect(await scene.send(token)).toMatchObject({ status: 400 });
      } finally {
        await scene.close();
      }
    },
  );
});
