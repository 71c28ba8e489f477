import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, PLATFORMS } from '../support/application.js';
import { destination, Scene, Visitor, type Setup } from './fixture.js';
import { ANSWERS } from './login-server.js';

const DEADLINE_SECONDS = 1;
const FORM = 'application/x-www-form-urlencoded';
const CLICK = {
  accept: 'text/html',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-user': '?1',
};
const LOGIN_3_0_JSON = {
  type: 'application/json',
  body: JSON.stringify({
    token: 'rt-of-the-scripted-server',
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
  }),
};

describe.each(PLATFORMS)('logout on %s', (platform) => {
  let scene: Scene;
  let visitor: Visitor;

  async function start(setup: Partial<Setup> = {}): Promise<Scene> {
    const other = await Scene.start({ platform, ...setup });
    onTestFinished(() => other.close());
    return other;
  }

  const documentedUrl = ({ server, url }: Scene, returnTo = `${url}/`): string =>
    `${server.url}/v2/logout?${new URLSearchParams({ client_id: CLIENT_ID, returnTo })}`;

  beforeAll(async () => {
    const bye = 'https://www.example.com/bye';
    const options = {
      deadlineSeconds: DEADLINE_SECONDS,
      allowedPostLogoutRedirectUris: [bye],
      allowedOrigins: ['https://spa.example.com'],
    };
    scene = await Scene.start({ platform, options });
  });
  afterAll(() => scene.close());
  beforeEach(async () => {
    scene.server.scripts.clear();
    visitor = await scene.visitor().signIn();
    scene.server.revocations.length = 0;
  });

  it('ends the session, revokes the refresh token and goes on to Login 3.0', async () => {
    const answer = await visitor.signOut();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    // Helmet's and Nest's form-action 'self' would block a redirect that answers a form
    expect(answer.headers.has('location')).toBe(false);
    expect(destination(answer).href).toBe(documentedUrl(scene));
    expect(await visitor.isSignedIn()).toBe(false);
    expect(scene.server.revocations).toEqual([LOGIN_3_0_JSON]);
  });

  it('tells scripts where to go', async () => {
    const answer = await visitor.signOutByScript();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(JSON.parse(answer.body)).toEqual({ logoutUrl: documentedUrl(scene) });
    expect(await visitor.isSignedIn()).toBe(false);
  });

  it('works when the session is gone already', async () => {
    await visitor.signOut();
    scene.server.revocations.length = 0;
    expect(destination(await visitor.signOut()).href).toBe(documentedUrl(scene));
    expect(destination(await scene.visitor().signOut()).href).toBe(documentedUrl(scene));
    expect(scene.server.revocations).toEqual([]);
  });

  it('shows the application afterwards, whatever state comes back', async () => {
    for (const query of ['', '?state=unknown', '?state=a&state=b']) {
      expect(await visitor.agent.navigate(`${scene.url}/${query}`)).toMatchObject({ status: 200 });
    }
  });

  const returns: [string, (v: Visitor) => ReturnType<Visitor['signOutByScript']>, boolean][] = [
    ['a form', (v) => v.signOutByScript('returnTo=https://www.example.com/bye', FORM), true],
    ['JSON', (v) => v.signOutByScript('{"returnTo":"https://www.example.com/bye"}'), true],
    ['another page', (v) => v.signOutByScript('{"returnTo":"https://www.example.com/"}'), false],
    ['another site', (v) => v.signOutByScript('returnTo=https://evil.example', FORM), false],
    ['no site', (v) => v.signOutByScript('returnTo=//evil.example', FORM), false],
    ['a list', (v) => v.signOutByScript('{"returnTo":["https://www.example.com/bye"]}'), false],
  ];
  it.each(returns)('returns to %s only where that is allowed', async (_name, signOut, isListed) => {
    const { logoutUrl } = JSON.parse((await signOut(visitor)).body) as { logoutUrl: string };
    const expected = isListed ? 'https://www.example.com/bye' : `${scene.url}/`;
    expect(logoutUrl).toBe(documentedUrl(scene, expected));
  });

  describe('by a link', () => {
    const address = '/auth/logout?returnTo=https://www.example.com/bye';

    it('signs out on a click on a page of the application', async () => {
      const answer = await visitor.agent.request(scene.url + address, { headers: CLICK });
      expect(destination(answer).searchParams.get('returnTo')).toBe('https://www.example.com/bye');
      expect(await visitor.isSignedIn()).toBe(false);
    });

    const harmless: [string, Record<string, string | undefined>][] = [
      ['a prefetch', { 'sec-purpose': 'prefetch' }],
      ['a prerender', { 'sec-purpose': 'prefetch;prerender' }],
      ['an old prefetch', { purpose: 'prefetch' }],
      ['an old prefetch of Firefox', { 'x-moz': 'prefetch' }],
      ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
      [
        'an image of another site',
        {
          'sec-fetch-site': 'cross-site',
          'sec-fetch-mode': 'no-cors',
          'sec-fetch-dest': 'image',
          'sec-fetch-user': undefined,
        },
      ],
      ['a frame', { 'sec-fetch-dest': 'iframe' }],
      ['a script', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
      ['a page that navigates by itself', { 'sec-fetch-user': undefined }],
      ['a link at another site', { 'sec-fetch-site': 'cross-site' }],
      ['a link at a sibling', { 'sec-fetch-site': 'same-site' }],
      ['a typed address', { 'sec-fetch-site': 'none' }],
      [
        'a browser without Fetch Metadata',
        {
          'sec-fetch-site': undefined,
          'sec-fetch-mode': undefined,
          'sec-fetch-dest': undefined,
          'sec-fetch-user': undefined,
        },
      ],
    ];
    it.each(harmless)('asks first: %s', async (_name, changes) => {
      const merged = Object.entries({ ...CLICK, ...changes });
      const headers = Object.fromEntries(
        merged.filter((entry): entry is [string, string] => entry[1] !== undefined),
      );
      const page = await visitor.agent.request(scene.url + address, { headers });
      expect(page.status).toBe(200);
      expect(page.headers.get('cache-control')).toBe('private, no-store');
      expect(page.headers.get('content-security-policy')).toMatch(
        /default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
      );
      // Its form carries an Origin, also where the browser knows no Fetch Metadata
      expect(page.headers.get('referrer-policy')).toBe('same-origin');
      expect(page.headers.getSetCookie()).toEqual([]);
      expect(page.body).not.toContain('http-equiv');
      expect(await visitor.isSignedIn()).toBe(true);
      expect(scene.server.revocations).toEqual([]);
      // Its one button posts to the page's own address
      expect(page.body).toContain('<form method="post"><button type="submit">Sign out</button>');
      const answer = await visitor.agent.submit(page, '');
      expect(destination(answer).searchParams.get('returnTo')).toBe('https://www.example.com/bye');
      expect(await visitor.isSignedIn()).toBe(false);
    });

    it('does nothing for HEAD', async () => {
      await visitor.agent.request(scene.url + address, { method: 'HEAD', headers: CLICK });
      expect(await visitor.isSignedIn()).toBe(true);
    });
  });

  describe('posted by', () => {
    const post = (headers: Record<string, string>, at = scene, by = visitor) =>
      by.agent.request(`${at.url}/auth/logout`, { method: 'POST', headers });

    const foreign: [string, Record<string, string>][] = [
      ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ['a sibling', { 'sec-fetch-site': 'same-site', origin: 'http://sibling.localhost' }],
      ['another site in an old browser', { origin: 'https://evil.example' }],
      ['a sandboxed frame', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
      ['a sandboxed frame in an old browser', { origin: 'null' }],
      ['nobody that says so', {}],
      ['another site that says nothing else', { 'sec-fetch-site': 'cross-site' }],
    ];
    it.each(foreign)('%s is refused', async (_name, headers) => {
      const answer = await post(headers);
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ error: 'cross_site_request' });
      expect(await visitor.isSignedIn()).toBe(true);
      expect(await visitor.signOut()).toMatchObject({ status: 200 });
      expect(await visitor.isSignedIn()).toBe(false);
    });

    it('an origin that is allowed works', async () => {
      const origin = 'https://spa.example.com';
      expect(await post({ 'sec-fetch-site': 'cross-site', origin })).toMatchObject({ status: 200 });
      expect(await visitor.isSignedIn()).toBe(false);
    });

    it('nobody works where the application says so', async () => {
      const other = await start({ options: { dangerouslyAllowMissingOrigin: true } });
      const somebody = await other.visitor().signIn();
      expect(await post({}, other, somebody)).toMatchObject({ status: 200 });
      expect(await somebody.isSignedIn()).toBe(false);
    });
  });

  describe('while the authorization server', () => {
    async function signOutInTime(by = visitor): Promise<void> {
      const startedAt = performance.now();
      const answer = await by.signOut();
      expect(performance.now() - startedAt).toBeLessThan(DEADLINE_SECONDS * 1000 + 500);
      expect(answer.status).toBe(200);
      expect(destination(answer).href.replace(by.url, scene.url)).toBe(documentedUrl(scene));
      expect(await by.isSignedIn()).toBe(false);
    }

    it.each(['serverError', 'hangUp', 'never'] as const)('revokes like this: %s', async (how) => {
      scene.server.scripts.set('/oauth/revoke', ANSWERS[how]);
      await signOutInTime();
      // A kept connection that is cut looks like one that was closed before: it is tried once more
      const attempts = how === 'hangUp' ? 2 : 1;
      expect(scene.server.revocations).toEqual(Array(attempts).fill(LOGIN_3_0_JSON));
    });

    it('takes only forms', async () => {
      scene.server.scripts.set('/oauth/revoke', (request, response) => {
        const isForm = request.headers['content-type']?.includes('urlencoded');
        response.writeHead(isForm ? 200 : 400).end();
      });
      await signOutInTime();
      await visitor.signIn();
      await signOutInTime();
      const types = scene.server.revocations.map(({ type }) => type);
      expect(types).toEqual(['application/json', FORM, FORM]);
    });

    it.each(['serverError', 'hangUp', 'never'] as const)(
      'has never been reached by this process: %s',
      async (how) => {
        scene.server.scripts.set('/.well-known/openid-configuration', ANSWERS[how]);
        // Cookies do not know ports: another process opens the same session
        const options = { deadlineSeconds: DEADLINE_SECONDS, domain: scene.server.url };
        const other = await start({ options });
        const moved = new Visitor(other.url, visitor.agent);
        expect(await moved.isSignedIn()).toBe(true);
        const startedAt = performance.now();
        expect(destination(await moved.signOut()).pathname).toBe('/v2/logout');
        expect(performance.now() - startedAt).toBeLessThan(DEADLINE_SECONDS * 1000 + 500);
        expect(await moved.isSignedIn()).toBe(false);
      },
    );
  });

  it('goes to the end_session_endpoint of the metadata, with the ID token', async () => {
    const other = await start();
    other.server.metadata = { end_session_endpoint: `${other.server.url}/oidc/logout` };
    const url = destination(await (await other.visitor().signIn()).signOut());
    expect(url.pathname).toBe('/oidc/logout');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      id_token_hint: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      client_id: CLIENT_ID,
      post_logout_redirect_uri: `${other.url}/`,
    });
    const withoutSession = destination(await other.visitor().signOut());
    expect(withoutSession.searchParams.has('id_token_hint')).toBe(false);
  });

  it('goes where the application says, before anywhere else', async () => {
    const logoutEndpoint = 'https://login.example.com/out';
    const other = await start({ options: { endpoints: { logoutEndpoint } } });
    other.server.metadata = { end_session_endpoint: `${other.server.url}/oidc/logout` };
    const { href } = destination(await (await other.visitor().signIn()).signOut());
    expect(href).toMatch(/^https:\/\/login\.example\.com\/out\?client_id=/);
  });

  it('sends RFC 7009’s form to an endpoint of another path, and survives one that is gone', async () => {
    const other = await start();
    other.server.metadata = { revocation_endpoint: `${other.server.url}/connect/revocation` };
    const seen: (string | undefined)[] = [];
    other.server.scripts.set('/connect/revocation', (request, response) => {
      seen.push(request.headers['content-type']);
      response.end();
    });
    const somebody = await other.visitor().signIn();
    expect(await somebody.signOut()).toMatchObject({ status: 200 });
    other.server.scripts.clear();
    await somebody.signIn();
    expect(await somebody.signOut()).toMatchObject({ status: 200 });
    expect(seen).toEqual([FORM]);
  });
});
