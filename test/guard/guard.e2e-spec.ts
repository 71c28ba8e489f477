import type { ServerResponse } from 'node:http';
import {
  Catch,
  Controller,
  Get,
  HttpException,
  Post,
  Req,
  Res,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type INestApplication,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import {
  CurrentUser,
  Public,
  UpbondAuthException,
  UpbondGuard,
  type Session,
  type UpbondAuthOptions,
  type UpbondUser,
} from 'nestjs-upbond-auth';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PLATFORMS,
  startApplication,
  type ApplicationSetup,
  type RunningApplication,
} from '../support/application.js';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';

const JSON_ONLY = { accept: 'application/json' };

@Controller()
class MethodController {
  @Get('open')
  open(@CurrentUser() user?: UpbondUser) {
    return { user: user ?? null };
  }

  @UseGuards(UpbondGuard)
  @Get('profile')
  profile(
    @CurrentUser() user: UpbondUser,
    @CurrentUser('email') email: string,
    @CurrentUser('constructor') inherited: unknown,
    @Req() request: { user: UpbondUser },
  ) {
    const nested = [user, ...Object.values(user)].filter((value) => typeof value === 'object');
    return {
      sub: user.sub,
      email,
      inherited: inherited ?? null,
      isSame: request.user === user,
      isFrozen: nested.length > 0 && nested.every((value) => Object.isFrozen(value)),
    };
  }

  @UseGuards(UpbondGuard)
  @Get('user')
  user(@CurrentUser() user: UpbondUser) {
    return { user };
  }

  @UseGuards(UpbondGuard)
  @Post('change')
  change() {
    return { changed: true };
  }
}

@UseGuards(UpbondGuard)
@Controller('orders')
class GuardedController {
  @Get()
  list() {
    return { orders: [] };
  }

  @Public()
  @Get('prices')
  prices(@CurrentUser('email') email?: string) {
    return { email: email ?? null };
  }
}

@Public()
@UseGuards(UpbondGuard)
@Controller('shop')
class PublicController {
  @Get()
  shop(@CurrentUser('email') email?: string) {
    return { email: email ?? null };
  }
}

@Controller('plain')
class PlainController {
  @Get()
  plain() {
    return { plain: true };
  }

  @Public()
  @Get('open')
  open() {
    return { open: true };
  }
}

/** What many applications have: one filter that answers everything in one shape. */
@Catch()
class CatchEverything implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{
      status(code: number): { send(body: object): void };
    }>();
    const status = exception instanceof HttpException ? exception.getStatus() : 500;
    const code = exception instanceof UpbondAuthException ? exception.code : null;
    response.status(status).send({ answeredBy: 'the application', code });
  }
}

/** One that answers only what this library throws. */
@Catch(UpbondAuthException)
class CatchOurs implements ExceptionFilter<UpbondAuthException> {
  catch(exception: UpbondAuthException, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{
      status(code: number): { send(body: object): void };
    }>();
    response.status(418).send({ answeredBy: 'the application', code: exception.code });
  }
}

describe.each(PLATFORMS)('UpbondGuard on %s', (platform) => {
  let emulator: UpbondEmulator;
  let port: number;
  let running: RunningApplication | undefined;
  let url: string;

  beforeAll(async () => {
    port = await freePort();
    url = `http://localhost:${port}`;
    emulator = await startUpbondEmulator({
      clients: [
        {
          clientId: CLIENT_ID,
          clientSecret: CLIENT_SECRET,
          redirectUris: [`${url}/auth/callback`],
        },
      ],
      autoLogin: { email: 'hanako@example.com' },
    });
  });

  afterAll(() => emulator.close());

  afterEach(async () => {
    await running?.close();
    running = undefined;
  });

  /** An application of its own for each test, always at the same address. */
  async function start(
    options: UpbondAuthOptions = {},
    setup: Partial<ApplicationSetup> = {},
  ): Promise<INestApplication> {
    running = await startApplication({
      platform,
      port,
      controllers: [MethodController, GuardedController, PublicController, PlainController],
      ...setup,
      options: { domain: emulator.url, ...options },
    });
    return running.app;
  }

  async function signedIn(): Promise<UserAgent> {
    const agent = new UserAgent();
    const answer = await agent.navigate(`${url}/auth/login?returnTo=/open`);
    expect(answer.url).toBe(`${url}/open`);
    return agent;
  }

  async function json(agent: UserAgent, path: string, headers: Record<string, string> = {}) {
    const answer = await agent.request(url + path, { headers: { ...JSON_ONLY, ...headers } });
    return { status: answer.status, body: JSON.parse(answer.body) as Record<string, unknown> };
  }

  describe('where it is bound', () => {
    it('guards a method and leaves the others alone', async () => {
      await start();
      const nobody = new UserAgent();
      expect((await json(nobody, '/profile')).status).toBe(401);
      expect(await json(nobody, '/open')).toEqual({ status: 200, body: { user: null } });
      expect((await json(await signedIn(), '/profile')).status).toBe(200);
    });

    it('guards a controller, and @Public() opens a route of it that still knows the user', async () => {
      await start();
      const [nobody, somebody] = [new UserAgent(), await signedIn()];
      expect((await json(nobody, '/orders')).status).toBe(401);
      expect(await json(somebody, '/orders')).toEqual({ status: 200, body: { orders: [] } });
      expect(await json(nobody, '/orders/prices')).toEqual({ status: 200, body: { email: null } });
      const email = 'hanako@example.com';
      expect((await json(somebody, '/orders/prices')).body).toEqual({ email });
      expect((await json(nobody, '/shop')).body).toEqual({ email: null });
      expect((await json(somebody, '/shop')).body).toEqual({ email });
    });

    it('guards the whole application as APP_GUARD, except its own routes and @Public()', async () => {
      await start({}, { providers: [{ provide: APP_GUARD, useClass: UpbondGuard }] });
      const nobody = new UserAgent();
      expect((await json(nobody, '/plain')).status).toBe(401);
      expect((await json(nobody, '/open')).status).toBe(401);
      expect((await json(nobody, '/plain/open')).body).toEqual({ open: true });
      const answer = await nobody.navigate(`${url}/plain?from=link`);
      expect([answer.status, answer.url]).toEqual([200, `${url}/plain?from=link`]);
    });

    it('guards the whole application as a global guard taken from the container', async () => {
      await start(
        {},
        { configure: (app) => void app.useGlobalGuards(app.get(UpbondGuard, { strict: false })) },
      );
      const nobody = new UserAgent();
      expect((await json(nobody, '/plain')).status).toBe(401);
      expect((await nobody.navigate(`${url}/plain`)).status).toBe(200);
    });
  });

  describe('the user', () => {
    it('is one frozen object on the request and in the decorator, and has only members of its own', async () => {
      await start();
      const { body } = await json(await signedIn(), '/profile');
      expect(body).toEqual({
        sub: emulator.users.find(({ email }) => email === 'hanako@example.com')?.sub,
        email: 'hanako@example.com',
        inherited: null,
        isSame: true,
        isFrozen: true,
      });
    });

    it('is frozen in depth when the application chose it, and cannot be changed for the next request', async () => {
      @UseGuards(UpbondGuard)
      @Controller('team')
      class TeamController {
        @Get()
        team(@CurrentUser<{ teams: { name: string }[] }>() user: { teams: { name: string }[] }) {
          const attempts = [
            () => user.teams.push({ name: 'intruders' }),
            () => (user.teams[0]!.name = 'intruders'),
          ];
          return { refused: attempts.filter((attempt) => throws(attempt)).length, user };
        }
      }
      const onLogin = () => ({ teams: [{ name: 'first' }] });
      await start({ onLogin }, { controllers: [TeamController, MethodController] });
      const agent = await signedIn();
      for (let request = 0; request < 2; request++) {
        const { body } = await json(agent, '/team');
        expect(body).toEqual({ refused: 2, user: { teams: [{ name: 'first' }] } });
      }
    });
  });

  describe('a page navigation without a session', () => {
    it.each(['/profile', '/profile?tab=2&q=%E3%81%82&a=b', '/orders?q=a%26b%3Dc#', '/orders?'])(
      'goes to login and comes back to %s',
      async (path) => {
        await start();
        const agent = new UserAgent();
        const redirect = await agent.visit(url + path);
        expect(redirect.status).toBe(302);
        const sent = new URL(redirect.headers.get('location')!, url);
        expect(sent.origin + sent.pathname).toBe(`${url}/auth/login`);
        const { pathname, search } = new URL(path, url);
        expect(sent.searchParams.get('returnTo')).toContain(pathname + search);
        const answer = await agent.follow(redirect);
        expect([answer.status, new URL(answer.url).pathname]).toEqual([200, pathname]);
        expect(new URL(answer.url).search).toBe(search);
      },
    );

    it('goes to login from a browser that sends no Fetch Metadata', async () => {
      await start();
      const headers = { accept: 'text/html,application/xhtml+xml' };
      expect((await new UserAgent().request(`${url}/profile`, { headers })).status).toBe(302);
    });

    it('is told apart by its session, not by its address: nothing of it is cached', async () => {
      await start();
      const { headers } = await new UserAgent().visit(`${url}/profile`);
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(headers.get('vary')).toMatch(/cookie/i);
    });
  });

  describe('anything else without a session', () => {
    const page = {
      accept: 'text/html',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };

    it.each<[string, string, Record<string, string>]>([
      ['an XMLHttpRequest', 'GET', { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }],
      ['fetch', 'GET', { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
      ['curl', 'GET', { accept: '*/*' }],
      ['a client without headers', 'GET', {}],
      ['a HEAD request', 'HEAD', page],
      ['a form post', 'POST', { ...page, 'sec-fetch-site': 'same-origin' }],
      ['a frame', 'GET', { ...page, 'sec-fetch-dest': 'iframe' }],
      ['an image', 'GET', { ...page, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
      ['a prefetch', 'GET', { ...page, 'sec-purpose': 'prefetch' }],
      ['a prerender', 'GET', { ...page, 'sec-purpose': 'prefetch;prerender' }],
      ['a prefetch of older browsers', 'GET', { ...page, purpose: 'prefetch' }],
      ['a prefetch of Firefox', 'GET', { ...page, 'x-moz': 'prefetch' }],
    ])(
      '%s is answered with 401 and a challenge, never with a redirect',
      async (_, method, sent) => {
        await start();
        const path = method === 'POST' ? '/change' : '/profile';
        const answer = await new UserAgent().request(url + path, { method, headers: sent });
        expect(answer.status).toBe(401);
        expect(answer.headers.get('location')).toBeNull();
        expect(answer.headers.get('www-authenticate')).toBe(`Bearer realm="localhost:${port}"`);
        expect(answer.headers.get('cache-control')).toBe('private, no-store');
        expect(answer.headers.get('vary')).toMatch(/cookie/i);
      },
    );

    it.each<[string, Record<string, string>]>([
      ['fetch', { accept: '*/*', 'sec-fetch-mode': 'cors' }],
      ['curl', { accept: '*/*' }],
      ['a client that asks for JSON', JSON_ONLY],
    ])('%s gets a JSON body with a stable code', async (_, headers) => {
      await start();
      const answer = await new UserAgent().request(`${url}/profile`, { headers });
      expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
      expect(JSON.parse(answer.body)).toEqual({
        statusCode: 401,
        error: 'login_required',
        message: 'Please sign in to continue.',
      });
    });
  });

  describe('filters of the application', () => {
    const replaceAll: [string, Partial<ApplicationSetup>][] = [
      [
        'useGlobalFilters',
        { configure: (app) => void app.useGlobalFilters(new CatchEverything()) },
      ],
      ['APP_FILTER', { providers: [{ provide: APP_FILTER, useClass: CatchEverything }] }],
    ];

    it.each(replaceAll)(
      'one that catches everything by %s keeps the redirect',
      async (_, setup) => {
        await start({}, setup);
        const agent = new UserAgent();
        const redirect = await agent.visit(`${url}/profile?a=1`);
        expect(redirect.status).toBe(302);
        expect(redirect.headers.get('location')).toBe('/auth/login?returnTo=%2Fprofile%3Fa%3D1');
        expect((await agent.follow(redirect)).url).toBe(`${url}/profile?a=1`);
      },
    );

    it.each(replaceAll)(
      'one that catches everything by %s replaces our answers',
      async (_, setup) => {
        await start({}, setup);
        const agent = await signedIn();
        const nobody = new UserAgent();
        const get = { headers: { accept: 'text/html' } };
        const post = { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } };
        const answers = {
          login_required: await nobody.request(`${url}/profile`, { headers: JSON_ONLY }),
          cross_site_request: await agent.request(`${url}/change`, post),
          invalid_request: await nobody.request(`${url}/auth/login?max_age=x`, get),
          state_mismatch: await nobody.request(`${url}/auth/callback`, { headers: JSON_ONLY }),
        };
        for (const [code, { status, body }] of Object.entries(answers)) {
          expect(JSON.parse(body)).toEqual({ answeredBy: 'the application', code });
          expect(status).toBeGreaterThanOrEqual(400);
        }
        expect(answers.login_required.headers.get('www-authenticate')).toMatch(/^Bearer/);
      },
    );

    it.each<[string, Partial<ApplicationSetup>]>([
      ['useGlobalFilters', { configure: (app) => void app.useGlobalFilters(new CatchOurs()) }],
      ['APP_FILTER', { providers: [{ provide: APP_FILTER, useClass: CatchOurs }] }],
    ])('one for UpbondAuthException by %s replaces our answers', async (_, setup) => {
      await start({}, setup);
      const answer = await json(new UserAgent(), '/profile');
      expect(answer).toEqual({
        status: 418,
        body: { answeredBy: 'the application', code: 'login_required' },
      });
    });
  });

  describe('execution contexts', () => {
    it.each(['graphql', 'something-new', ''])('refuses the unknown context "%s"', async (type) => {
      const app = await start();
      const guard = app.get<CanActivate>(UpbondGuard, { strict: false });
      const context = {
        getType: () => type,
        getArgs: () => [],
        getHandler: () => MethodController.prototype.open,
        getClass: () => PublicController,
        switchToHttp: () => ({ getRequest: () => ({}), getResponse: () => ({}) }),
      };
      const activate = async () => guard.canActivate(context as never);
      await expect(activate()).rejects.toMatchObject({ code: 'unsupported_context' });
      await expect(activate()).rejects.toBeInstanceOf(UpbondAuthException);
    });
  });

  describe('loadUser', () => {
    it('turns the session into the user of the request', async () => {
      const sessions: Session[] = [];
      const loadUser = async (session: Session) => {
        sessions.push(session);
        return { id: 7, sub: session.sub };
      };
      await start({ loadUser });
      const agent = await signedIn();
      const { body } = await json(agent, '/user');
      expect(body).toEqual({ user: { id: 7, sub: sessions[0]?.sub } });
      expect(Object.isFrozen(sessions[0])).toBe(true);
      expect(JSON.stringify(sessions[0])).toContain('[TokenSet: redacted]');
    });

    it('with null refuses the request, and on a public route nobody is signed in', async () => {
      let isBlocked = false;
      await start({ loadUser: ({ user }) => (isBlocked ? null : (user as object)) });
      const agent = await signedIn();
      expect((await json(agent, '/user')).status).toBe(200);
      expect((await json(agent, '/shop')).body).toEqual({ email: 'hanako@example.com' });
      isBlocked = true;
      const refused = await json(agent, '/user');
      expect([refused.status, (refused.body as { error: string }).error]).toEqual([
        403,
        'login_refused',
      ]);
      // A redirect to the login page would come straight back, for ever
      expect((await agent.visit(`${url}/user`)).status).toBe(403);
      expect((await json(agent, '/shop')).body).toEqual({ email: null });
    });

    it('that fails does not let the request pass', async () => {
      await start({
        loadUser: () => Promise.reject(new HttpException('the database is away', 503)),
      });
      const agent = await signedIn();
      expect((await json(agent, '/user')).status).toBe(503);
    });
  });

  describe('onLogin', () => {
    it("puts the application's own user into the session", async () => {
      interface Member {
        readonly id: number;
        readonly email: string;
      }
      @UseGuards(UpbondGuard)
      @Controller('member')
      class MemberController {
        @Get()
        member(@CurrentUser<Member>() member: Member, @CurrentUser<Member>('id') id: number) {
          return { member, id };
        }
      }
      const seen: unknown[] = [];
      const onLogin: UpbondAuthOptions['onLogin'] = async (claims, tokens) => {
        seen.push(claims.nonce, tokens.accessToken, Object.isFrozen(claims), String(tokens));
        return { id: 42, email: String(claims.email), left: undefined };
      };
      await start({ onLogin }, { controllers: [MemberController, MethodController] });
      const { body } = await json(await signedIn(), '/member');
      expect(body).toEqual({ member: { id: 42, email: 'hanako@example.com' }, id: 42 });
      expect(seen).toEqual([
        expect.any(String),
        expect.stringMatching(/^ey/),
        true,
        '[TokenSet: redacted]',
      ]);
    });

    it.each([
      ['at once', false as const],
      ['later', Promise.resolve(false as const)],
    ])('with false %s refuses the login', async (_, refusal) => {
      await start({ onLogin: () => refusal });
      const agent = new UserAgent();
      const answer = await agent.navigate(`${url}/auth/login`);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('login_refused');
      expect((await json(agent, '/profile')).status).toBe(401);
      expect((await agent.cookieNames(url)).filter((name) => name.startsWith('upbond-'))).toEqual(
        [],
      );
    });

    it.each([
      ['nothing', undefined],
      ['a string', 'hanako'],
      ['an array', [{ id: 42 }]],
    ])('that returns %s fails the login', async (_, returned) => {
      const onLogin = (() => returned) as unknown as UpbondAuthOptions['onLogin'];
      await start({ onLogin });
      const agent = new UserAgent();
      const answer = await agent.navigate(`${url}/auth/login`);
      expect(answer.status).toBe(500);
      expect(answer.body).toContain('Code: on_login_invalid');
      expect((await json(agent, '/profile')).status).toBe(401);
      expect(await agent.cookieNames(url, 'session')).toEqual([]);
    });

    it('that throws an HttpException answers with it', async () => {
      const onLogin = () => Promise.reject(new HttpException({ error: 'not_a_member' }, 402));
      await start({ onLogin });
      const agent = new UserAgent();
      const answer = await agent.navigate(`${url}/auth/login`);
      expect([answer.status, JSON.parse(answer.body)]).toEqual([402, { error: 'not_a_member' }]);
      expect((await json(agent, '/profile')).status).toBe(401);
    });
  });

  describe('caches', () => {
    it('may keep nothing that was served because of a session', async () => {
      await start();
      const agent = await signedIn();
      for (const path of ['/profile', '/orders', '/orders/prices', '/shop']) {
        const { headers } = await agent.request(url + path, { headers: JSON_ONLY });
        expect(headers.get('cache-control'), path).toBe('private, no-store');
        expect(headers.get('vary'), path).toBe('Cookie');
      }
    });

    it('may keep a public answer to nobody, but not hand it to somebody', async () => {
      await start();
      const { headers } = await new UserAgent().request(`${url}/shop`, { headers: JSON_ONLY });
      expect(headers.get('cache-control')).toBeNull();
      expect(headers.get('vary')).toBe('Cookie');
    });

    it('are told about Origin and Cookie when the application allows other origins', async () => {
      const cors = { origin: ['https://app.example', 'https://admin.example'], credentials: true };
      await start({}, { configure: (app) => app.enableCors(cors) });
      const agent = await signedIn();
      const origin = { origin: 'https://app.example' };
      for (const path of ['/profile', '/shop']) {
        const { headers } = await agent.request(url + path, {
          headers: { ...JSON_ONLY, ...origin },
        });
        expect(headers.get('access-control-allow-origin')).toBe('https://app.example');
        const vary = headers.get('vary')?.split(/\s*,\s*/);
        expect(vary?.toSorted(), path).toEqual(['Cookie', 'Origin']);
      }
    });

    it('are not told twice when the application already varies by cookie', async () => {
      @Controller('varied')
      class VariedController {
        @UseGuards(SetsVary, UpbondGuard)
        @Get()
        varied() {
          return {};
        }
      }
      await start({}, { controllers: [VariedController, MethodController] });
      const agent = await signedIn();
      const { headers } = await agent.request(`${url}/varied`, { headers: JSON_ONLY });
      expect(headers.get('vary')).toBe('Accept-Language, cookie');
    });

    it('cannot be told any more once an answer has begun; that is no error of the guard', async () => {
      @Controller('begun')
      class BegunController {
        @UseGuards(BeginsToAnswer, UpbondGuard)
        @Get()
        begun(@CurrentUser('sub') sub: string, @Res() response: Answer) {
          nodeResponse(response).end(sub);
        }
      }
      await start({}, { controllers: [BegunController, MethodController] });
      const agent = await signedIn();
      const { user } = (await json(agent, '/user')).body as { user: UpbondUser };
      const answer = await agent.request(`${url}/begun`, { headers: JSON_ONLY });
      expect([answer.status, answer.body]).toEqual([200, user.sub]);
      expect(answer.headers.get('cache-control')).toBeNull();
    });
  });
});

class SetsVary implements CanActivate {
  canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
    const response = context.switchToHttp().getResponse<{
      header(name: string, value: string): void;
    }>();
    response.header('Vary', 'Accept-Language, cookie');
    return true;
  }
}

/** Express' response, or Fastify's reply. */
type Answer = ServerResponse | { readonly raw: ServerResponse };

const nodeResponse = (answer: Answer) => ('raw' in answer ? answer.raw : answer);

class BeginsToAnswer implements CanActivate {
  canActivate(context: Parameters<CanActivate['canActivate']>[0]): boolean {
    nodeResponse(context.switchToHttp().getResponse<Answer>()).flushHeaders();
    return true;
  }
}

function throws(attempt: () => unknown): boolean {
  try {
    attempt();
    return false;
  } catch {
    return true;
  }
}
