import { createHash, randomBytes } from 'node:crypto';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Controller, Get, Module, Post, UseGuards } from '@nestjs/common';
import fc from 'fast-check';
import {
  CurrentUser,
  Public,
  UpbondAuthModule,
  UpbondGuard,
  type UpbondUser,
} from 'nestjs-upbond-auth';
import { Cookie, CookieJar } from 'tough-cookie';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PLATFORMS,
  SESSION_SECRET,
  startApplication,
  type RunningApplication,
} from './support/application.js';
import { freePort } from './support/ports.js';
import { UserAgent, type Answer } from './support/user-agent.js';

const VICTIM = 'Hanako Yamada';
const ATTACKER = 'Taro Suzuki';
const ADMIN_CLIENT_ID = 'admin-client';
const HTML = { accept: 'text/html' };
const JSON_ONLY = { accept: 'application/json' };

interface Visitor extends UpbondUser {
  readonly sessionId: string;
}

@Controller()
class Pages {
  @Public()
  @Get()
  home() {
    return { page: 'home' };
  }

  @UseGuards(UpbondGuard)
  @Get('profile')
  profile(@CurrentUser() user: Visitor) {
    return user;
  }

  @UseGuards(UpbondGuard)
  @Post('transfer')
  transfer() {
    return { transferred: true };
  }

  @UseGuards(UpbondGuard.for('admin'))
  @Get('admin/area')
  area(@CurrentUser() user: UpbondUser) {
    return user;
  }

  @UseGuards(UpbondGuard)
  @Get('*')
  anythingElse() {
    return { page: 'protected' };
  }
}

@Module({ controllers: [Pages] })
class PagesModule {}

/** Everything of checklist B9, and what the peers of its section 3 fell for. */
const REDIRECT_PAYLOADS: readonly string[] = [
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '/\\/evil.example',
  '//\\evil.example',
  '\\\\evil.example',
  '/%09/evil.example',
  '/%0a/evil.example',
  '/%0d%0a/evil.example',
  '/%5cevil.example',
  '/%2fevil.example',
  '%2f%2fevil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '\0//evil.example',
  '\u00a0//evil.example',
  'ht\ttp://evil.example',
  'http:evil.example',
  'https:evil.example',
  'https:/evil.example',
  'http:///evil.example',
  'http:\\\\evil.example',
  'http://evil.example',
  'https://evil.example',
  'HTTPS://EVIL.EXAMPLE',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'javascript://%0aalert(1)',
  ' javascript:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:https://evil.example/1',
  'http://127.0.0.1@evil.example',
  'http://127.0.0.1:3000@evil.example',
  'http://evil.example#@localhost',
  'http://evil.example?@localhost',
  'http://evil.example\\@localhost',
  'http://localhost.evil.example',
  'http://evillocalhost',
  'http://localhost:30000',
  'https://localhost',
  '//evil%2eexample',
  '//evil。example',
  'http://evil．example',
  '//0x7f000001',
  'http://2130706433',
  '//[::1]',
  './/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/./\\evil.example',
  '/a/..//evil.example',
  '/a/../../\\evil.example',
  '/%2e%2e//evil.example',
  '/%2e//evil.example',
  '/;@evil.example',
  '@evil.example',
  ':80',
  '?//evil.example',
  '#//evil.example',
  '/redirect?to=//evil.example',
  '/ok\r\nLocation: //evil.example',
  '/ok\u560a\u560dSet-Cookie: injected=1',
  '/\u2028/evil.example',
  '/\u2029/evil.example',
  '/\u3000/evil.example',
  '／／evil.example',
  '/\ufeff/evil.example',
  `/${'a'.repeat(10_000)}`,
  '/\ud800/evil.example',
  '/auth/logout',
  '/auth/callback?code=evil&state=evil',
  '/auth/login',
  '/auth/login?returnTo=//evil.example',
  '',
];

/** Signs in at the authorization server as a person does, and stops where the application takes over. */
async function signInThere(
  agent: UserAgent,
  start: string,
  person: string,
  stopAt?: string,
): Promise<Answer> {
  let page = await agent.follow(await agent.visit(start), stopAt);
  const user = new RegExp(`value="([^"]+)"[^>]*>${person}<`).exec(page.body)?.[1];
  if (user) page = await agent.follow(await agent.submit(page, '', { user }), stopAt);
  if (page.body.includes('value="allow"')) {
    page = await agent.follow(await agent.submit(page, '', { consent: 'allow' }), stopAt);
  }
  return page;
}

/** A request whose target is sent as it is written, where URL parsing would repair it. */
async function visitTarget(url: string, target: string): Promise<Answer> {
  const { hostname, port } = new URL(url);
  const path = Array.from(Buffer.from(target).toString())
    .map((char) => (/[\x21-\x7e]/.test(char) ? char : encodeURIComponent(char)))
    .join('');
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path, agent: false, headers: { ...HTML } };
    const outgoing = httpRequest(options, (incoming) => {
      const headers = new Headers({ location: incoming.headers.location ?? '' });
      text(incoming)
        .then((body) =>
          resolve({ url, status: incoming.statusCode ?? 0, headers, body, history: [] }),
        )
        .catch(reject);
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

function withParameter(url: string, name: string, value: string | null): string {
  const changed = new URL(url);
  if (value === null) changed.searchParams.delete(name);
  else changed.searchParams.set(name, value);
  return changed.href;
}

/** Any UTF-16 text, lone surrogates included. */
function anyText(maxLength: number) {
  return fc.array(fc.nat(0xffff), { maxLength }).map((units) => String.fromCharCode(...units));
}

async function copyOf(agent: UserAgent): Promise<UserAgent> {
  return new UserAgent(await agent.cookies.clone());
}

describe.each(PLATFORMS)('attacks on %s', (platform) => {
  let emulator: UpbondEmulator;
  let otherServer: UpbondEmulator;
  let running: RunningApplication;
  let url: string;
  let withoutPkce: Server;
  let withoutPkceUrl: string;
  /** What the token endpoint without PKCE takes for the verifier of every code. */
  let acceptedVerifier = '';
  let runningWithoutPkce: RunningApplication;

  beforeAll(async () => {
    const [port, portWithoutPkce] = [await freePort(), await freePort()];
    url = `http://localhost:${port}`;
    const secret = { clientSecret: CLIENT_SECRET };
    const redirectUris = [port, portWithoutPkce].map((p) => `http://localhost:${p}/auth/callback`);
    emulator = await startUpbondEmulator({
      clients: [
        {
          clientId: CLIENT_ID,
          ...secret,
          redirectUris,
          postLogoutRedirectUris: [`${url}/`],
        },
      ],
    });
    otherServer = await startUpbondEmulator({
      clients: [
        { clientId: ADMIN_CLIENT_ID, ...secret, redirectUris: [`${url}/admin/callback`] },
        { clientId: CLIENT_ID, ...secret, redirectUris: [`${url}/auth/callback`] },
      ],
      autoLogin: { email: 'hanako@example.com' },
    });
    const admin = UpbondAuthModule.forRoot({
      name: 'admin',
      clientId: ADMIN_CLIENT_ID,
      ...secret,
      redirectUri: `${url}/admin/callback`,
      sessionSecret: SESSION_SECRET,
      domain: otherServer.url,
      routes: { login: '/admin/login', logout: '/admin/logout' },
    });
    running = await startApplication({
      platform,
      port,
      options: {
        domain: emulator.url,
        loadUser: ({ id, user }) => ({ ...(user as UpbondUser), sessionId: id }),
      },
      imports: [admin, PagesModule],
    });
    withoutPkce = createServer((incoming, answer) => {
      void text(incoming)
        .then(async (body) => {
          const form = new URLSearchParams(body);
          form.set('code_verifier', acceptedVerifier);
          const response = await fetch(`${emulator.url}/oauth/token`, {
            method: 'POST',
            body: form,
          });
          answer.writeHead(response.status, { 'content-type': 'application/json' });
          answer.end(await response.text());
        })
        .catch((error: Error) => answer.destroy(error));
    });
    await new Promise<void>((resolve) => withoutPkce.listen(0, '127.0.0.1', resolve));
    withoutPkceUrl = `http://localhost:${(withoutPkce.address() as AddressInfo).port}`;
    runningWithoutPkce = await startApplication({
      platform,
      port: portWithoutPkce,
      options: { domain: emulator.url, endpoints: { tokenEndpoint: `${withoutPkceUrl}/token` } },
      imports: [
        UpbondAuthModule.forRoot({
          name: 'admin',
          clientId: ADMIN_CLIENT_ID,
          ...secret,
          redirectUri: `http://localhost:${portWithoutPkce}/admin/callback`,
          sessionSecret: SESSION_SECRET,
          domain: otherServer.url,
          routes: { login: '/admin/login', logout: '/admin/logout' },
        }),
        PagesModule,
      ],
    });
  });

  afterAll(async () => {
    await running.close();
    await runningWithoutPkce.close();
    withoutPkce.close();
    await emulator.close();
    await otherServer.close();
  });

  /** Begins a login and stops at the address that would finish it. */
  async function callbackOf(agent: UserAgent, person = VICTIM, app = url): Promise<string> {
    const callback = `${app}/auth/callback`;
    const stopped = await signInThere(agent, `${app}/auth/login`, person, callback);
    const location = stopped.headers.get('location') ?? '';
    expect(location).toMatch(/\/auth\/callback\?.*code=/);
    return location;
  }

  async function signedIn(person = VICTIM): Promise<UserAgent> {
    const agent = new UserAgent();
    await agent.navigate(await callbackOf(agent, person));
    expect(await whoIs(agent)).toBe(person);
    return agent;
  }

  async function profileOf(agent: UserAgent): Promise<Partial<Visitor>> {
    const answer = await agent.request(`${url}/profile`, { headers: JSON_ONLY });
    return answer.status === 200 ? (JSON.parse(answer.body) as Visitor) : {};
  }

  /** Name of the person that the application takes this browser for. */
  async function whoIs(agent: UserAgent): Promise<string | undefined> {
    return (await profileOf(agent)).name;
  }

  async function ownCookies(agent: UserAgent, kind: 's' | 't'): Promise<Cookie[]> {
    const cookies = await agent.cookies.getCookies(url);
    return cookies.filter(({ key }) => new RegExp(`^upbond-.{6}-${kind}-`).test(key));
  }

  async function sessionCookieOf(agent: UserAgent): Promise<Cookie> {
    const [cookie, ...more] = await ownCookies(agent, 's');
    expect(cookie).toBeDefined();
    expect(more).toEqual([]);
    return cookie!;
  }

  /** Sends cookies as they are written, without a jar that would tidy them. */
  function requestWith(cookie: string, path = '/profile', headers = JSON_ONLY): Promise<Answer> {
    return new UserAgent().request(url + path, { headers: { ...headers, cookie } });
  }

  async function tokenRequestsDuring(action: () => Promise<unknown>): Promise<number> {
    const count = () => emulator.counters.tokenRequests + otherServer.counters.tokenRequests;
    const before = count();
    await action();
    return count() - before;
  }

  function escapes(answer: Answer): string[] {
    const own = new Set([new URL(url).origin, new URL(emulator.url).origin]);
    const places = [...answer.history, answer.headers.get('location') ?? ''];
    return places.filter((place) => !own.has(new URL(place, url).origin));
  }

  describe('login CSRF', () => {
    it('works in the browser that began the login: what follows is refused for that reason alone', async () => {
      const attacker = new UserAgent();
      const landed = await attacker.navigate(await callbackOf(attacker, ATTACKER));
      expect(landed.url).toBe(`${url}/`);
      expect(await whoIs(attacker)).toBe(ATTACKER);
    });

    it("the attacker's code and state begin a login of the victim's own, in a browser without one", async () => {
      const forged = await callbackOf(new UserAgent(), ATTACKER);
      const victim = new UserAgent();
      const used = await tokenRequestsDuring(async () => {
        const answer = await victim.visit(forged, { 'sec-fetch-site': 'cross-site' });
        expect(answer.status).toBe(302);
        expect(answer.headers.get('location')).toMatch(`${emulator.url}/authorize?`);
      });
      expect(used).toBe(0);
      expect(await ownCookies(victim, 's')).toEqual([]);
      expect(await whoIs(victim)).toBeUndefined();
    });

    it("the attacker's code and state neither sign in nor disturb a victim who is signing in", async () => {
      const forged = await callbackOf(new UserAgent(), ATTACKER);
      const victim = new UserAgent();
      const own = await callbackOf(victim);
      expect(await tokenRequestsDuring(() => victim.visit(forged))).toBe(0);
      expect(await whoIs(victim)).toBeUndefined();
      await victim.navigate(own);
      expect(await whoIs(victim)).toBe(VICTIM);
    });

    it("the attacker's code and state leave a signed-in victim who they are", async () => {
      const forged = await callbackOf(new UserAgent(), ATTACKER);
      const victim = await signedIn();
      expect((await victim.visit(forged)).headers.get('location')).toBe('/');
      expect(await whoIs(victim)).toBe(VICTIM);
    });

    it("the attacker's code and state in a hidden frame, an image or a script are refused", async () => {
      const forged = await callbackOf(new UserAgent(), ATTACKER);
      for (const dest of ['iframe', 'image', 'script', 'empty']) {
        const mode = dest === 'iframe' ? 'navigate' : 'no-cors';
        const headers = { ...JSON_ONLY, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest };
        const answer = await new UserAgent().request(forged, { headers });
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'state_mismatch' });
      }
    });

    it('a second forged callback does not start logins without end', async () => {
      const forged = await callbackOf(new UserAgent(), ATTACKER);
      const victim = new UserAgent();
      expect((await victim.visit(forged)).status).toBe(302);
      const again = await victim.visit(forged);
      expect(again.status).toBe(400);
      expect(again.body).toContain('state_mismatch');
    });
  });

  describe('replayed and foreign state', () => {
    it('a callback that has been answered signs nobody in again, not even with its old cookie', async () => {
      const agent = new UserAgent();
      const callback = await callbackOf(agent);
      const before = await copyOf(agent);
      await agent.navigate(callback);
      expect(await whoIs(agent)).toBe(VICTIM);
      const used = await tokenRequestsDuring(async () => {
        expect((await before.visit(callback)).status).toBe(302);
        const headers = { ...JSON_ONLY };
        expect((await before.request(callback, { headers })).status).toBe(400);
      });
      expect(used).toBe(0);
      expect(await whoIs(before)).toBeUndefined();
    });

    it('a used state does not count as another one in another spelling', async () => {
      const agent = new UserAgent();
      const callback = await callbackOf(agent);
      const before = await copyOf(agent);
      await agent.navigate(callback);
      const state = new URL(callback).searchParams.get('state')!;
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const spellings = Array.from(alphabet).map((last) => state.slice(0, -1) + last);
      const used = await tokenRequestsDuring(async () => {
        for (const spelling of [...spellings, `${state}A`, `${state}=`]) {
          const forged = withParameter(callback, 'state', spelling);
          const replayed = await (await copyOf(before)).request(forged, { headers: JSON_ONLY });
          expect(replayed.status).toBe(400);
        }
      });
      expect(used).toBe(0);
    });

    it('a state is used up by an answer that failed, too', async () => {
      const agent = new UserAgent();
      const callback = await callbackOf(agent);
      const before = await copyOf(agent);
      const denied = withParameter(callback, 'error', 'access_denied');
      const refused = await agent.request(withParameter(denied, 'code', null), {
        headers: JSON_ONLY,
      });
      expect(refused.status).toBe(403);
      expect(await ownCookies(agent, 't')).toEqual([]);
      expect(await tokenRequestsDuring(() => before.visit(callback))).toBe(0);
      expect(await whoIs(before)).toBeUndefined();
    });

    it.each([
      ['made up', () => randomBytes(80).toString('base64url')],
      ['altered in one character', (s: string) => s.replace(/.$/, (c) => (c === 'A' ? 'g' : 'A'))],
      [
        'altered in its first character',
        (s: string) => (s.startsWith('B') ? 'C' : 'B') + s.slice(1),
      ],
      ['cut short', (s: string) => s.slice(0, -1)],
      ['empty', () => ''],
      ['missing', () => null],
      ['of 10 kB', () => 'A'.repeat(10_000)],
    ])('a state that is %s reaches no token endpoint and signs nobody in', async (_, change) => {
      const agent = new UserAgent();
      const callback = await callbackOf(agent);
      const state = new URL(callback).searchParams.get('state')!;
      const forged = withParameter(callback, 'state', change(state));
      const used = await tokenRequestsDuring(async () => {
        expect((await agent.request(forged, { headers: JSON_ONLY })).status).toBe(400);
        expect((await agent.visit(forged)).status).toBe(302);
      });
      expect(used).toBe(0);
      expect(await whoIs(agent)).toBeUndefined();
      await agent.navigate(callback);
      expect(await whoIs(agent)).toBe(VICTIM);
    });
  });

  describe('session fixation', () => {
    it('a session cookie planted before the login does not survive it', async () => {
      const attacker = await signedIn(ATTACKER);
      const planted = await sessionCookieOf(attacker);
      const victim = new UserAgent();
      await victim.cookies.setCookie(`${planted.key}=${planted.value}; Path=/`, url);
      expect(await whoIs(victim)).toBe(ATTACKER);
      const { sessionId } = await profileOf(victim);

      await victim.navigate(await callbackOf(victim));
      const profile = await profileOf(victim);
      expect(profile.name).toBe(VICTIM);
      expect(profile.sessionId).not.toBe(sessionId);
      expect((await sessionCookieOf(victim)).key).not.toBe(planted.key);
    });

    it('the planted cookie does not win when it comes back beside the new one', async () => {
      const planted = await sessionCookieOf(await signedIn(ATTACKER));
      const own = await sessionCookieOf(await signedIn());
      for (const pair of [
        [planted, own],
        [own, planted],
      ]) {
        const header = pair.map(({ key, value }) => `${key}=${value}`).join('; ');
        const answer = await requestWith(header);
        expect(JSON.parse(answer.body)).toMatchObject({ name: VICTIM });
      }
    });

    it('every login gets a session id of its own', async () => {
      const agent = await signedIn();
      const first = await profileOf(agent);
      await agent.navigate(`${url}/auth/login`);
      const second = await profileOf(agent);
      expect(second.name).toBe(VICTIM);
      expect(second.sessionId).not.toBe(first.sessionId);
    });
  });

  describe('open redirect', () => {
    it('would succeed with most of the payloads if they were followed', () => {
      const leading = REDIRECT_PAYLOADS.filter(
        (payload) => URL.canParse(payload, url) && new URL(payload, url).origin !== url,
      );
      expect(REDIRECT_PAYLOADS.length).toBeGreaterThanOrEqual(60);
      expect(leading.length).toBeGreaterThanOrEqual(40);
    });

    it('comes back to a page of the application, with its query', async () => {
      const agent = await signedIn();
      const answer = await agent.navigate(`${url}/auth/login?returnTo=%2Fdeep%2Flink%3Fa%3D%252F`);
      expect(answer.url).toBe(`${url}/deep/link?a=%2F`);
      expect(answer.status).toBe(200);
    });

    it('no returnTo on the login route leads away from the application', async () => {
      const agent = await signedIn();
      for (const payload of REDIRECT_PAYLOADS) {
        const query = new URLSearchParams({ returnTo: payload }).toString();
        const answer = await agent.navigate(`${url}/auth/login?${query}`);
        expect(escapes(answer), JSON.stringify(payload)).toEqual([]);
        expect(new URL(answer.url).origin, JSON.stringify(payload)).toBe(url);
        expect(answer.status, JSON.stringify(payload)).toBeLessThan(500);
      }
    });

    it('no protected path leads away from the application after the login', async () => {
      const agent = await signedIn();
      for (const payload of REDIRECT_PAYLOADS) {
        const target = payload.startsWith('/') ? payload : `/${payload}`;
        const asked = await visitTarget(url, target);
        expect(asked.status, JSON.stringify(target)).toBeLessThan(500);
        const answer = await agent.follow(asked);
        expect(escapes(answer), JSON.stringify(target)).toEqual([]);
        expect(new URL(answer.url).origin, JSON.stringify(target)).toBe(url);
      }
    });

    it('a proxy request for another host is not turned into a redirect to it', async () => {
      const asked = await visitTarget(url, 'http://evil.example/profile');
      expect(asked.headers.get('location')).not.toContain('//evil.example');
      expect(escapes(await (await signedIn()).follow(asked))).toEqual([]);
    });
  });

  describe('code injection', () => {
    it("an attacker's code in the victim's callback is refused by PKCE", async () => {
      const attackersCode = new URL(await callbackOf(new UserAgent(), ATTACKER)).searchParams;
      const victim = new UserAgent();
      const callback = await callbackOf(victim);
      const forged = withParameter(callback, 'code', attackersCode.get('code'));
      const used = await tokenRequestsDuring(async () => {
        const answer = await victim.request(forged, { headers: JSON_ONLY });
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'invalid_grant' });
      });
      expect(used).toBe(1);
      expect(await whoIs(victim)).toBeUndefined();
    });

    it.each([
      ['is refused by its nonce when the server does not check PKCE', 'attacker', 400],
      ['would be accepted there with the nonce of the victim', 'victim', 302],
    ])("an attacker's code %s", async (_, whose, status) => {
      const app = runningWithoutPkce.url;
      const victim = new UserAgent();
      const begun = await victim.visit(`${app}/auth/login`);
      const authorization = new URL(begun.headers.get('location')!);
      const state = authorization.searchParams.get('state')!;
      acceptedVerifier = randomBytes(32).toString('base64url');
      const challenge = createHash('sha256').update(acceptedVerifier).digest('base64url');
      authorization.searchParams.set('code_challenge', challenge);
      if (whose === 'attacker') authorization.searchParams.set('nonce', 'nonce-of-the-attacker');
      const callback = `${app}/auth/callback`;
      const stopped = await signInThere(new UserAgent(), authorization.href, ATTACKER, callback);
      const attackersCode = new URL(stopped.headers.get('location')!).searchParams;
      expect(attackersCode.get('state')).toBe(state);

      const answer = await victim.request(stopped.headers.get('location')!, { headers: JSON_ONLY });
      expect(answer.status).toBe(status);
      if (status === 400) {
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'id_token_nonce_mismatch' });
      }
    });

    it('the address of the callback is not passed on to other sites', async () => {
      const agent = new UserAgent();
      const answer = await agent.visit(await callbackOf(agent));
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('location')).not.toContain('code=');
    });
  });

  describe('mix-up', () => {
    it.each([
      ['another server', () => otherServer.issuer],
      ['the right server without its slash', () => emulator.url],
      ['the right server in capitals', () => emulator.issuer.toUpperCase()],
      ['nobody', () => ''],
      ['no server, although it is announced', () => null],
    ])('an answer that names %s goes to no token endpoint', async (_, iss) => {
      const agent = new UserAgent();
      const forged = withParameter(await callbackOf(agent), 'iss', iss());
      const used = await tokenRequestsDuring(async () => {
        const answer = await agent.request(forged, { headers: JSON_ONLY });
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'issuer_mismatch' });
      });
      expect(used).toBe(0);
      expect(await whoIs(agent)).toBeUndefined();
    });

    it('an error of another server is not believed', async () => {
      const agent = new UserAgent();
      const failed = withParameter(await callbackOf(agent), 'error', 'access_denied');
      const forged = withParameter(withParameter(failed, 'code', null), 'iss', otherServer.issuer);
      const answer = await agent.request(forged, { headers: JSON_ONLY });
      expect(JSON.parse(answer.body)).toMatchObject({ error: 'issuer_mismatch' });
    });

    it('the answer to one instance is worth nothing at the callback of another', async () => {
      const agent = new UserAgent();
      const callback = await callbackOf(agent);
      const forged = callback.replace('/auth/callback', '/admin/callback');
      const used = await tokenRequestsDuring(async () => {
        expect((await agent.request(forged, { headers: JSON_ONLY })).status).toBe(400);
      });
      expect(used).toBe(0);
      await agent.navigate(callback);
      expect(await whoIs(agent)).toBe(VICTIM);
    });

    it('a session of one instance opens nothing that another one guards', async () => {
      const agent = await signedIn();
      const area = `${url}/admin/area`;
      expect((await agent.request(area, { headers: JSON_ONLY })).status).toBe(401);
      const admin = new UserAgent();
      expect((await admin.navigate(area)).status).toBe(200);
      expect(await whoIs(admin)).toBeUndefined();
    });
  });

  describe('parameter smuggling', () => {
    async function authorizationRequest(query: string): Promise<Answer> {
      return new UserAgent().visit(`${url}/auth/login?${query}`);
    }

    it('hands over what is allowed', async () => {
      const answer = await authorizationRequest('prompt=login&login_hint=taro%40example.com');
      const { searchParams } = new URL(answer.headers.get('location')!);
      expect(searchParams.get('prompt')).toBe('login');
      expect(searchParams.get('login_hint')).toBe('taro@example.com');
    });

    it.each([
      'client_id',
      'client_secret',
      'redirect_uri',
      'state',
      'nonce',
      'response_type',
      'response_mode',
      'code_challenge',
      'code_challenge_method',
      'code_verifier',
      'scope',
      'audience',
      'resource',
      'claims',
      'request',
      'request_uri',
      'registration',
      'id_token_hint',
      'prompt[]',
      'prompt[0]',
      'prompt[$ne]',
      'login_hint.x',
      '__proto__',
      '__proto__[prompt]',
      'constructor[prototype][prompt]',
      'hasOwnProperty',
    ])('the login route does not pass on %s', async (name) => {
      const plain = new URL((await authorizationRequest('')).headers.get('location')!).searchParams;
      const query = `${encodeURIComponent(name)}=smuggled&${name}=smuggled`;
      const answer = await authorizationRequest(query);
      const { searchParams } = new URL(answer.headers.get('location')!);
      expect(answer.headers.get('location')).not.toContain('smuggled');
      expect([...searchParams.keys()].sort()).toEqual([...plain.keys()].sort());
      for (const fixed of ['client_id', 'redirect_uri', 'response_type', 'scope']) {
        expect(searchParams.getAll(fixed)).toEqual(plain.getAll(fixed));
      }
      expect(({} as { prompt?: string }).prompt).toBeUndefined();
    });

    it.each(['prompt', 'login_hint', 'ui_locales', 'screen_hint', 'connection', 'max_age'])(
      'the login route refuses %s twice',
      async (name) => {
        expect((await authorizationRequest(`${name}=1`)).status).toBe(302);
        const answer = await authorizationRequest(`${name}=1&${name}=2`);
        expect(answer.status).toBe(400);
        expect(answer.body).toContain('invalid_request');
      },
    );

    it('the login route does not replace what the application demands', async () => {
      const port = await freePort();
      const authorizationParameters = { acr_values: 'mfa', max_age: '60', connection: 'staff' };
      const options = { domain: emulator.url, authorizationParameters };
      const strict = await startApplication({ platform, port, options });
      const query = 'acr_values=none&max_age=999999&connection=anybody&ui_locales=ja';
      const answer = await new UserAgent().visit(`${strict.url}/auth/login?${query}`);
      await strict.close();
      const { searchParams } = new URL(answer.headers.get('location')!);
      const expected = { ...authorizationParameters, ui_locales: 'ja' };
      expect(Object.fromEntries(searchParams)).toMatchObject(expected);
    });

    it('a returnTo that looks like parameters stays a path', async () => {
      const returnTo = encodeURIComponent('/x&prompt=none&audience=evil&scope=evil');
      const answer = await authorizationRequest(`returnTo=${returnTo}`);
      const { searchParams } = new URL(answer.headers.get('location')!);
      expect(searchParams.has('prompt')).toBe(false);
      expect(searchParams.has('audience')).toBe(false);
      expect(searchParams.getAll('scope')).toEqual(['openid profile email']);
    });

    it.each([
      ['code', 'code=smuggled'],
      ['state', 'state=smuggled'],
      ['iss', 'iss=https%3A%2F%2Fevil.example'],
      ['error', 'error=access_denied&error=server_error'],
      ['code beside an error', 'error=access_denied'],
      ['error_description', 'error_description=a&error_description=b'],
    ])('the callback refuses a repeated or contradictory %s', async (_, extra) => {
      for (const order of ['last', 'first'] as const) {
        const agent = new UserAgent();
        const callback = await callbackOf(agent);
        const forged =
          order === 'last' ? `${callback}&${extra}` : callback.replace('?', `?${extra}&`);
        const used = await tokenRequestsDuring(async () => {
          const answer = await agent.request(forged, { headers: JSON_ONLY });
          expect(answer.status).toBe(400);
        });
        expect(used).toBe(0);
        expect(await whoIs(agent)).toBeUndefined();
      }
    });

    it.each(['code[]', 'code[0]', 'code[x]', '__proto__[code]'])(
      'the callback does not take %s for a code',
      async (name) => {
        const agent = new UserAgent();
        const callback = (await callbackOf(agent)).replace(/([?&])code=/, `$1${name}=`);
        const used = await tokenRequestsDuring(async () => {
          expect((await agent.request(callback, { headers: JSON_ONLY })).status).toBe(400);
        });
        expect(used).toBe(0);
        expect(await whoIs(agent)).toBeUndefined();
      },
    );
  });

  describe('header injection', () => {
    const BREAKS = [
      '%0d%0a',
      '%0a',
      '%0d',
      '%250d%250a',
      '%E5%98%8A%E5%98%8D',
      '%c4%8d%c4%8a',
      '%E2%80%A8',
      '%00',
    ];

    function expectClean(answer: Answer, what: string): void {
      expect(answer.status, what).toBeLessThan(500);
      expect(answer.headers.get('x-injected'), what).toBeNull();
      expect(answer.headers.getSetCookie().join(), what).not.toMatch(/(^|,)\s*injected=/);
      expect(answer.headers.get('location') ?? '', what).not.toMatch(/[\r\n]/);
    }

    it.each(BREAKS)('no header of an answer is made with %s', async (lineBreak) => {
      const injected = `x${lineBreak}X-Injected:%201${lineBreak}Set-Cookie:%20injected=1`;
      for (const name of ['returnTo', 'login_hint', 'prompt', 'connection', 'unknown']) {
        const path = `${url}/auth/login?${name}=${name === 'returnTo' ? '/' : ''}${injected}`;
        expectClean(await new UserAgent().visit(path), path);
      }
      expectClean(await visitTarget(url, `/${injected}`), 'protected path');
      for (const extra of [`error=${injected}`, `error=x&error_description=${injected}`]) {
        const agent = new UserAgent();
        const callback = withParameter(await callbackOf(agent), 'code', null);
        const answer = await agent.visit(`${callback}&${extra}`);
        expect(answer.headers.get('x-injected')).toBeNull();
        expect(answer.headers.getSetCookie().join()).not.toMatch(/(^|,)\s*injected=/);
        expect(answer.status).not.toBe(500);
      }
    });
  });

  describe('host header poisoning', () => {
    it.each([
      ['Host', { host: 'evil.example' }],
      ['Host with a port', { host: 'localhost:1' }],
      ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
      ['X-Forwarded-Proto', { 'x-forwarded-proto': 'https' }],
      ['X-Forwarded-Prefix', { 'x-forwarded-prefix': '/evil' }],
      ['X-Forwarded-Uri', { 'x-forwarded-uri': '//evil.example' }],
      ['X-Original-URL', { 'x-original-url': '//evil.example' }],
      ['X-Rewrite-URL', { 'x-rewrite-url': '//evil.example' }],
      ['Forwarded', { forwarded: 'host=evil.example;proto=https' }],
      ['Origin and Referer', { origin: 'https://evil.example', referer: 'https://evil.example/' }],
    ])('%s changes no address of ours', async (_, headers) => {
      const agent = new UserAgent();
      const guarded = await agent.visit(`${url}/profile?tab=1`, headers);
      expect(guarded.headers.get('location')).toBe('/auth/login?returnTo=%2Fprofile%3Ftab%3D1');

      const login = await agent.visit(`${url}/auth/login?returnTo=/profile`, headers);
      const location = new URL(login.headers.get('location')!);
      expect(location.origin).toBe(emulator.url);
      expect(location.searchParams.get('redirect_uri')).toBe(`${url}/auth/callback`);

      const callback = await callbackOf(agent);
      expect((await agent.visit(callback, headers)).headers.get('location')).toBe('/');
      const cookie = await sessionCookieOf(agent);
      expect([cookie.domain, cookie.path]).toEqual(['localhost', '/']);

      const own = { ...HTML, 'sec-fetch-site': 'same-origin' };
      const logout = await agent.request(`${url}/auth/logout`, {
        method: 'POST',
        headers: { ...headers, ...own },
      });
      expect(logout.status).toBe(200);
      expect(logout.body).toContain(encodeURIComponent(`${url}/`));
      expect(logout.body).not.toContain('evil');
    });

    it('a foreign host does not make a foreign origin our own', async () => {
      const agent = await signedIn();
      const headers = { host: 'evil.example', origin: 'http://evil.example' };
      const answer = await agent.request(`${url}/transfer`, { method: 'POST', headers });
      expect(answer.status).toBe(403);
    });
  });

  describe('XSS in error text', () => {
    const MARKUP = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "'-alert(1)-'",
      '</title><svg/onload=alert(1)>',
      '{{constructor.constructor("alert(1)")()}}',
      'javascript:alert(1)',
    ];

    function expectSafePage(answer: Answer): void {
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      const policy = answer.headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(answer.body).not.toMatch(/alert|onerror|onload|<script|<img|<svg/i);
    }

    it.each(MARKUP)('nothing that the server says is shown: %s', async (markup) => {
      for (const name of ['error', 'error_description', 'error_uri']) {
        const agent = new UserAgent();
        const failed = withParameter(await callbackOf(agent), 'error', 'something_new');
        const callback = withParameter(withParameter(failed, 'code', null), name, markup);
        const answer = await agent.visit(callback);
        expect(answer.status).toBe(502);
        expect(answer.body).toContain('authorization_failed');
        expectSafePage(answer);
      }
    });

    it.each(MARKUP)('nothing that the browser says is shown: %s', async (markup) => {
      const query = new URLSearchParams([
        ['prompt', markup],
        ['prompt', markup],
      ]).toString();
      const answer = await new UserAgent().visit(`${url}/auth/login?${query}`);
      expect(answer.status).toBe(400);
      expectSafePage(answer);
    });

    it('the server cannot make the application say its own codes', async () => {
      for (const error of ['login_refused', 'session_too_large', 'constructor', '__proto__']) {
        const agent = new UserAgent();
        const failed = withParameter(await callbackOf(agent), 'error', error);
        const answer = await agent.request(withParameter(failed, 'code', null), {
          headers: JSON_ONLY,
        });
        expect(JSON.parse(answer.body)).toMatchObject({ error: 'authorization_failed' });
      }
    });
  });

  describe('tampered and foreign cookies', () => {
    let genuine: Cookie;
    let transaction: Cookie;
    let adminSession: Cookie;

    beforeAll(async () => {
      genuine = await sessionCookieOf(await signedIn());
      const halfway = new UserAgent();
      await callbackOf(halfway);
      [transaction] = (await ownCookies(halfway, 't')) as [Cookie];
      const admin = new UserAgent();
      await admin.navigate(`${url}/admin/area`);
      adminSession = await sessionCookieOf(admin);
    });

    async function expectNobody(cookie: string, what: string): Promise<void> {
      for (const path of ['/profile', '/auth/login', '/auth/callback?code=c&state=s']) {
        const answer = await requestWith(cookie, path, HTML);
        expect(answer.status, `${what} at ${path}`).toBeLessThan(500);
        expect(answer.status, `${what} at ${path}`).not.toBe(200);
        expect(answer.headers.get('location') ?? '', what).not.toBe('/');
      }
      expect((await requestWith(cookie)).status, what).not.toBe(200);
    }

    it('the cookie as it was set signs in', async () => {
      const answer = await requestWith(`${genuine.key}=${genuine.value}`);
      expect(JSON.parse(answer.body)).toMatchObject({ name: VICTIM });
      const quoted = await requestWith(`a=1; ${genuine.key}="${genuine.value}"; b=2`);
      expect(quoted.status).toBe(200);
    });

    it('no cookie with one changed character signs in', async () => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const { key, value } = genuine;
      const passed: number[] = [];
      for (let at = 0; at < value.length; at++) {
        const other = alphabet[alphabet.indexOf(value[at]!) ^ 0b100000]!;
        const changed = value.slice(0, at) + other + value.slice(at + 1);
        if ((await requestWith(`${key}=${changed}`)).status !== 401) passed.push(at);
      }
      expect(passed).toEqual([]);
    });

    it('no cookie that was cut, doubled, emptied or wrapped signs in', async () => {
      const { key, value } = genuine;
      const bent = [
        value.slice(0, -1),
        value.slice(0, -4),
        value.slice(1),
        value.slice(0, value.length / 2),
        value + value,
        `${value}A`,
        `${value}=`,
        `${value}%00`,
        value.toLowerCase(),
        '',
        '"',
        '%',
        '{}',
        'null',
        'undefined',
        'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
      ];
      for (const changed of bent) await expectNobody(`${key}=${changed}`, JSON.stringify(changed));
    });

    it('no cookie signs in under another name', async () => {
      const { key, value } = genuine;
      const names = [
        key.replace(/-s-.{9}/, '-s-zzzzzzzzz'),
        key.replace(/.{6}-0\.1$/, 'ffffff-0.1'),
        key.replace('-0.1', '-1.1'),
        key.replace('-0.1', '-0.2'),
        key.replace('-0.1', '-0.99999999'),
        key.replace('-s-', '-t-'),
        key.replace(/^upbond-.{6}/, 'upbond-AAAAAA'),
        key.toUpperCase(),
        `__Host-${key}`,
        'session',
        'connect.sid',
        '__proto__',
      ];
      for (const name of names) await expectNobody(`${name}=${value}`, name);
    });

    it('a transaction is no session, and a session no transaction', async () => {
      await expectNobody(`${genuine.key}=${transaction.value}`, 'transaction as session');
      await expectNobody(`${transaction.key}=${genuine.value}`, 'session as transaction');
      const agent = new UserAgent();
      const callback = await callbackOf(agent);
      const [pending] = (await ownCookies(agent, 't')) as [Cookie];
      const swapped = new UserAgent(new CookieJar());
      await swapped.cookies.setCookie(`${pending.key}=${genuine.value}`, url);
      const used = await tokenRequestsDuring(() =>
        swapped.request(callback, { headers: JSON_ONLY }),
      );
      expect(used).toBe(0);
      await swapped.cookies.setCookie(`${pending.key}=${transaction.value}`, url);
      const other = () => swapped.request(callback, { headers: JSON_ONLY });
      expect(await tokenRequestsDuring(other)).toBe(0);
      expect((await agent.request(callback, { headers: JSON_ONLY })).status).toBe(302);
    });

    it('a cookie of another instance with the same secret is worth nothing', async () => {
      expect((await requestWith(`${adminSession.key}=${adminSession.value}`, '/admin/area')).status) //
        .toBe(200);
      await expectNobody(`${genuine.key}=${adminSession.value}`, 'value of the other instance');
      await expectNobody(`${adminSession.key}=${adminSession.value}`, 'cookie of the other one');
      const under = genuine.key.slice(0, 'upbond-xxxxxx'.length);
      const moved = under + adminSession.key.slice(under.length);
      await expectNobody(`${moved}=${adminSession.value}`, 'moved to our names');
    });

    it('garbage before, after or around the cookie neither signs out nor signs in', async () => {
      const { key, value } = genuine;
      const planted = await sessionCookieOf(await signedIn(ATTACKER));
      for (const header of [
        `${key}=garbage; ${key}=${value}`,
        `${key}=${value}; ${key}=garbage`,
        `${key}=${planted.value}; ${key}=${value}`,
        `${key}=${value}; ${key}=${planted.value}`,
        `;;; =; ${key}; ${key}=; ${key}=${value}`,
      ]) {
        expect(JSON.parse((await requestWith(header)).body)).toMatchObject({ name: VICTIM });
      }
      await expectNobody(`${key}=garbage; ${key}=more; ${key}=garbage`, 'only garbage');
    });

    it('a hundred bogus session cookies and transactions sign nobody in and break nothing', async () => {
      const digest = genuine.key.slice(0, 'upbond-xxxxxx'.length);
      const hundred = (name: (index: number) => string) =>
        Array.from({ length: 100 }, (_, index) => `${name(index)}=bogus`).join('; ');
      const generation = (index: number) =>
        `${digest}-s-${index.toString(36).padStart(9, '0')}ffffff-0.1`;
      await expectNobody(hundred(generation), 'generations');
      await expectNobody(
        hundred((index) => `${digest}-t-${index}`),
        'transactions',
      );
      await expectNobody(
        hundred((i) => `${digest}-s-0mwrzz0lbffffff-${i % 4}.4`),
        'chunks',
      );
      const real = `${genuine.key}=${genuine.value}`;
      const amid = await requestWith(`${hundred(generation)}; ${real}`);
      expect(JSON.parse(amid.body)).toMatchObject({ name: VICTIM });
    });

    it('cookies of all sizes and with impossible names sign nobody in and break nothing', async () => {
      const digest = genuine.key.slice(0, 'upbond-xxxxxx'.length);
      for (const size of [1, 4096, 8000, 15_000, 40_000]) {
        await expectNobody(`${genuine.key}=${'A'.repeat(size)}`, `${size} bytes`);
        await expectNobody(`${digest}-t-a=${'A'.repeat(size)}`, `${size} bytes`);
      }
      for (const name of [
        '-t-a b',
        '-s-a"b',
        '-t-a@b',
        '-s-ü',
        '-t-(',
        '-s-',
        '-t-',
        '-',
        '-t-a,b',
      ])
        await expectNobody(`${digest}${name}=x`, name);
    });

    it('a login succeeds although bogus cookies are in the browser', async () => {
      const agent = new UserAgent();
      const digest = genuine.key.slice(0, 'upbond-xxxxxx'.length);
      for (const name of ['-s-zzzzzzzzzffffff-0.1', '-s-zzz', '-t-zzz']) {
        await agent.cookies.setCookie(`${digest}${name}=bogus; Path=/`, url);
      }
      await agent.navigate(await callbackOf(agent));
      expect(await whoIs(agent)).toBe(VICTIM);
    });

    it('a cookie from before a change of the secret that was not kept signs nobody in', async () => {
      const { key, value } = genuine;
      const port = await freePort();
      const options = {
        domain: emulator.url,
        clientId: CLIENT_ID,
        sessionSecret: 'B7wQ2kTz9LxVn4Rj6YcPf1HsDm8Ug3Ea',
      };
      const rotated = await startApplication({ platform, port, options, controllers: [Open] });
      const cookie = `${key}=${value}`;
      const headers = { ...JSON_ONLY, cookie };
      const answer = await new UserAgent().request(`${rotated.url}/open`, { headers });
      await rotated.close();
      expect(answer.status).toBe(401);
    });
  });

  describe('cross-site requests with the session of the victim', () => {
    const FOREIGN: [string, Record<string, string>][] = [
      ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
      ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
      ['an unknown Sec-Fetch-Site', { 'sec-fetch-site': 'friendly' }],
      ['a foreign Origin', { origin: 'https://evil.example' }],
      ['the Origin of another port', { origin: 'http://localhost:1' }],
      ['Origin: null', { origin: 'null' }],
      ['neither header', {}],
    ];

    it.each(FOREIGN)('a POST with %s is refused', async (_, headers) => {
      const agent = await signedIn();
      const answer = await agent.request(`${url}/transfer`, { method: 'POST', headers });
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ error: 'cross_site_request' });
    });

    it('a POST of the application itself is accepted', async () => {
      const agent = await signedIn();
      for (const headers of [
        { 'sec-fetch-site': 'same-origin' },
        { 'sec-fetch-site': 'none' },
        { origin: url },
      ] as Record<string, string>[]) {
        const answer = await agent.request(`${url}/transfer`, { method: 'POST', headers });
        expect(answer.status).toBe(201);
      }
    });

    it.each(FOREIGN)('a logout with %s does not sign out', async (_, headers) => {
      const agent = await signedIn();
      const answer = await agent.request(`${url}/auth/logout`, {
        method: 'POST',
        headers: { ...headers, ...HTML },
      });
      expect(answer.status).toBe(403);
      expect(await whoIs(agent)).toBe(VICTIM);
    });

    it('a logout by an image or a link does not sign out', async () => {
      const agent = await signedIn();
      expect((await agent.visit(`${url}/auth/logout`)).headers.getSetCookie()).toEqual([]);
      expect(await whoIs(agent)).toBe(VICTIM);
    });

    it('a logout by the application itself signs out', async () => {
      const agent = await signedIn();
      const answer = await agent.request(`${url}/auth/logout`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
      });
      expect(answer.status).toBe(200);
      expect(await ownCookies(agent, 's')).toEqual([]);
      expect(await whoIs(agent)).toBeUndefined();
    });
  });

  describe('arbitrary callbacks', () => {
    const parameter = fc.tuple(
      fc.oneof(
        fc.constantFrom(
          'code',
          'state',
          'error',
          'error_description',
          'iss',
          'code[]',
          '__proto__',
        ),
        anyText(12),
      ),
      fc.oneof(
        fc.constantFrom('access_denied', 'server_error', '', 'null', '<script>'),
        anyText(60),
      ),
    );
    const queries = fc.array(parameter, { maxLength: 8 });

    it('without a transaction are never an error of the application', async () => {
      await fc.assert(
        fc.asyncProperty(queries, fc.boolean(), async (parameters, isNavigation) => {
          const query = new URLSearchParams(parameters).toString();
          const headers = isNavigation ? HTML : JSON_ONLY;
          const path = `${url}/auth/callback?${query}`;
          const answer = await new UserAgent().request(path, { headers });
          expect(answer.status).toBe(isNavigation ? 302 : 400);
        }),
        { numRuns: 200 },
      );
    });

    it('with a transaction never sign in and are never a crash', async () => {
      const agent = new UserAgent();
      await callbackOf(agent);
      await fc.assert(
        fc.asyncProperty(queries, async (parameters) => {
          const browser = new UserAgent();
          const begun = await browser.visit(`${url}/auth/login`);
          const state = new URL(begun.headers.get('location')!).searchParams.get('state')!;
          const query = new URLSearchParams([
            ...parameters.filter(([name]) => name !== 'state'),
            ['state', state],
          ]).toString();
          const answer = await browser.request(`${url}/auth/callback?${query}`, {
            headers: JSON_ONLY,
          });
          expect(answer.status).toBeGreaterThanOrEqual(400);
          expect(answer.status).not.toBe(500);
          expect(await ownCookies(browser, 's')).toEqual([]);
        }),
        { numRuns: 100 },
      );
    });
  });
});

@Controller('open')
class Open {
  @UseGuards(UpbondGuard)
  @Get()
  open() {
    return { open: true };
  }
}
