import { decodeJwt, decodeProtectedHeader } from 'jose';
import {
  createUpbondTesting,
  type TestingUser,
  type UpbondTesting,
} from 'nestjs-upbond-auth/testing';
import { CLIENT_ID, PLATFORMS } from '../support/application.js';
import { API, ApplicationUnderTest, codeOf } from './fixture.js';

describe.each(PLATFORMS)('users of the testing kit on %s', (platform) => {
  let upbond: UpbondTesting;
  let application: ApplicationUnderTest;
  let ann: TestingUser;

  beforeAll(async () => {
    upbond = await createUpbondTesting();
    application = await ApplicationUnderTest.start(platform, upbond);
    ann = upbond.asUser({
      sub: 'ann',
      scopes: ['openid', 'read:orders'],
      permissions: ['orders:delete'],
      roles: ['clerk'],
      claims: { email: 'ann@example.com' },
    });
  });

  afterAll(() => application.close());

  it('pass with an access token, and are who they are', async () => {
    const answer = await application.ask('/me', await ann.bearer());
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toMatchObject({
      iss: upbond.issuer,
      aud: API,
      sub: 'ann',
      scope: 'openid read:orders',
      email: 'ann@example.com',
    });
  });

  it('pass with a session, and are who they are', async () => {
    const answer = await application.ask('/me', await ann.session());
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({
      sub: 'ann',
      email: 'ann@example.com',
      permissions: ['orders:delete'],
      roles: ['clerk'],
    });
  });

  it.each(['/orders', '/permission', '/role'])(
    'may do at %s what they are said to',
    async (path) => {
      const nobody = upbond.asUser({ sub: 'bob' });
      for (const credentials of ['bearer', 'session'] as const) {
        expect(await application.status(path, ann[credentials]())).toBe(200);
        expect(await application.status(path, nobody[credentials]())).toBe(403);
      }
    },
  );

  it('may change something with a session, as pages of the application may', async () => {
    const session = await ann.session();
    expect(await application.status('/orders', session, 'POST')).toBe(201);
    const { cookie, origin } = session;
    expect(await application.status('/orders', { cookie, origin }, 'POST')).toBe(201);
    const foreign = await application.ask(
      '/orders',
      { ...session, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      'POST',
    );
    expect(foreign.status).toBe(403);
    expect(codeOf(foreign)).toBe('cross_site_request');
  });

  it('pass a step-up when their claims say so', async () => {
    const claims = { acr: 'gold', auth_time: Math.floor(upbond.clock.now()) };
    const strong = upbond.asUser({ sub: 'ann', claims });
    for (const credentials of ['bearer', 'session'] as const) {
      expect(await application.status('/step-up', strong[credentials]())).toBe(200);
      expect(await application.status('/step-up', ann[credentials]())).toBe(401);
    }
  });

  it('do not pass with a session where a token is asked for', async () => {
    expect(await application.status('/bearer', ann.bearer())).toBe(200);
    expect(await application.status('/bearer', ann.session())).toBe(401);
  });

  it.each<[name: string, but: (user: TestingUser) => TestingUser]>([
    ['expired', (user) => user.expired()],
    ['not yet valid', (user) => user.notYetValid()],
    ['for another audience', (user) => user.forAudience('https://other.example.com')],
    ['of another issuer', (user) => user.fromIssuer('https://other.test')],
    ['signed with a wrong key', (user) => user.signedWithWrongKey()],
    ['unsigned', (user) => user.unsigned()],
    ['wrong in several ways', (user) => user.expired().unsigned()],
  ])('are refused with a token that is %s', async (_, but) => {
    const answer = await application.ask('/me', await but(ann).bearer());
    expect(answer.status).toBe(401);
    expect(codeOf(answer)).toBe('invalid_token');
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    // What is wrong with one is not wrong with the other
    expect(await application.status('/me', ann.bearer())).toBe(200);
  });

  it('are refused with an ID token', async () => {
    const idToken = await ann.idToken();
    const answer = await application.ask('/me', { authorization: `Bearer ${idToken}` });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'invalid_token']);
    expect(decodeJwt(idToken)).toMatchObject({
      aud: CLIENT_ID,
      sub: 'ann',
      nonce: expect.any(String),
    });
  });

  it('are refused with a session whose time is over', async () => {
    const answer = await application.ask('/me', await ann.expired().session());
    expect([answer.status, codeOf(answer)]).toEqual([401, 'login_required']);
  });

  it.each<[name: string, but: (user: TestingUser) => TestingUser]>([
    ['notYetValid', (user) => user.notYetValid()],
    ['forAudience', (user) => user.forAudience('x')],
    ['fromIssuer', (user) => user.fromIssuer('https://x.test')],
    ['signedWithWrongKey', (user) => user.expired().signedWithWrongKey()],
    ['unsigned', (user) => user.unsigned()],
  ])('have no session for the variant %s', async (_, but) => {
    await expect(but(ann).session()).rejects.toThrow(/no variant but expired\(\)/);
  });

  it('of two kits are not taken for each other', async () => {
    const others = await createUpbondTesting();
    const other = await ApplicationUnderTest.start(platform, others);
    const stranger = others.asUser({ sub: 'ann' });
    expect(await other.status('/me', stranger.bearer())).toBe(200);
    expect(await other.status('/me', stranger.session())).toBe(200);
    expect(await application.status('/me', stranger.bearer())).toBe(401);
    expect(await other.status('/me', ann.bearer())).toBe(401);
    others.clock.advance(7200);
    expect(await application.status('/me', ann.bearer())).toBe(200);
    await other.close();
  });

  it('have what clients of sockets take', async () => {
    const { token } = await ann.socketAuth();
    expect(await application.status('/me', { authorization: `Bearer ${token}` })).toBe(200);
  });

  it('have a token of their own each time', async () => {
    const tokens = [await ann.accessToken(), await ann.accessToken()];
    expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(2);
    expect(tokens.map((token) => decodeProtectedHeader(token).kid)).toEqual(
      Array(2).fill(upbond.jwks.keys[0]?.kid),
    );
  });
});
