import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_ID, PLATFORMS } from '../support/application.js';
import { UserAgent } from '../support/user-agent.js';
import { API, PAGE, startBearerApplication, type BearerApplication } from './fixture.js';

/** What a request brings along. Single decorators are in test/matrix, over all transports. */
const CREDENTIALS = ['nothing', 'session', 'token', 'bad token', 'bad token + session'];

// In the order of CREDENTIALS
const COMBINED: [path: string, outcomes: string[]][] = [
  ['/both', ['401', '403', '403', '401', '401']],
  ['/both/open', ['200', '200', '200', '200', '200']],
  ['/both/other', ['401', '403', '200', '401', '401']],
];

const cells = COMBINED.flatMap(([path, outcomes]) =>
  outcomes.map((outcome, index) => [CREDENTIALS[index]!, path, outcome] as const),
);

describe.each(PLATFORMS)('requests with credentials on %s', (platform) => {
  let app: BearerApplication;
  let session: UserAgent;
  let tokens: Record<string, string>;

  beforeAll(async () => {
    app = await startBearerApplication(platform);
    session = await app.signedIn();
    const [token, bad] = await Promise.all([
      app.token(),
      app.token({ aud: 'https://other.example.com' }),
    ]);
    tokens = { token, 'bad token': bad, 'bad token + session': bad };
  });

  afterAll(() => app.close());

  it.each(cells)(
    '%s at %s, whose class and method are marked: %s',
    async (credential, path, expected) => {
      const token = tokens[credential];
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const agent = credential.includes('session') ? session : new UserAgent();
      const answer = await app.get(path, headers as Record<string, string>, agent);
      expect(String(answer.status)).toBe(expected);
    },
  );

  it('a page navigation goes to log in, unless it brings a token or only a token will do', async () => {
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await app.get(path, { ...PAGE, ...headers })).status;
    expect(await status('/me')).toBe(302);
    expect(await status('/session')).toBe(302);
    expect(await status('/bearer')).toBe(401);
    const authorization = `Bearer ${tokens['bad token']}`;
    expect(await status('/me', { authorization })).toBe(401);
    expect(await status('/session', { authorization })).toBe(401);
  });

  it('a bearer token is exempt from the cross-site check, a session is not', async () => {
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const post = async (agent: UserAgent, headers: Record<string, string>) =>
      (await agent.request(`${app.url}/change`, { method: 'POST', headers })).status;
    const authorization = `Bearer ${tokens['token']}`;
    expect(await post(new UserAgent(), { ...foreign, authorization })).toBe(201);
    expect(await post(new UserAgent(), { authorization })).toBe(201);
    expect(await post(session, foreign)).toBe(403);
    const bad = `Bearer ${tokens['bad token']}`;
    expect(await post(session, { 'sec-fetch-site': 'same-origin', authorization: bad })).toBe(401);
  });

  it('another scheme, such as that of a proxy, leaves the session alone', async () => {
    const answer = await app.get('/me', { authorization: 'Basic dTpw' }, session);
    expect(answer.status).toBe(200);
  });

  it('the user is the claims, one frozen object', async () => {
    const { body } = await app.withToken('/me', tokens['token']!);
    expect(JSON.parse(body)).toEqual({ sub: 'did:key:z1', isSame: true, isFrozen: true });
  });
});

describe.each(PLATFORMS)('options on %s', (platform) => {
  const status = async (
    options: Parameters<typeof startBearerApplication>[1],
    claims: object,
    path = '/me',
  ): Promise<number> => {
    const app = await startBearerApplication(platform, options);
    try {
      return (await app.withToken(path, app.token(claims))).status;
    } finally {
      await app.close();
    }
  };

  it('bearer tokens are off until an audience is named, also when one is requested for another API', async () => {
    expect(await status({ accessTokenAudiences: [] }, {})).toBe(401);
    expect(await status({ accessTokenAudiences: undefined as never }, {})).toBe(401);
    expect(await status({ accessTokenAudiences: undefined as never, audience: API }, {})).toBe(401);
    expect(await status({ accessTokenAudiences: ['urn:a', 'urn:b'] }, { aud: 'urn:b' })).toBe(200);
  });

  it('an ID token is taken only where that was allowed', async () => {
    const idToken = { aud: CLIENT_ID, nonce: 'n', scope: undefined };
    expect(await status({}, idToken)).toBe(401);
    expect(await status({ dangerouslyAcceptIdTokens: true }, idToken)).toBe(200);
    expect(await status({ dangerouslyAcceptIdTokens: true }, idToken, '/scope')).toBe(403);
  });

  it('roles and permissions are read where the options say', async () => {
    const rolesClaim = 'https://app.example.com/roles';
    expect(await status({ rolesClaim }, { [rolesClaim]: ['admin'] }, '/role')).toBe(200);
    expect(await status({ rolesClaim }, { roles: ['admin'] }, '/role')).toBe(403);
    const permissionsClaim = ['access', 'may'];
    const access = { may: ['contacts:write'] };
    expect(await status({ permissionsClaim }, { access }, '/permission')).toBe(200);
  });

  it('loadTokenUser makes the user, and can lock one out', async () => {
    const loadTokenUser = ({ sub }: { sub: string }) =>
      sub === 'blocked' ? null : { sub, roles: ['admin'] };
    expect(await status({ loadTokenUser }, {}, '/role')).toBe(200);
    expect(await status({ loadTokenUser }, { sub: 'blocked' })).toBe(401);
    expect(await status({ loadTokenUser }, { sub: 'blocked' }, '/open')).toBe(200);
  });
});
