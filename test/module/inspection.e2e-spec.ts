import { inspect } from 'node:util';
import { Controller, Get, Inject, Req, UseGuards, type INestApplication } from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import {
  ClientCredentialsService,
  ExpressSessionStore,
  SessionService,
  TokenService,
  UpbondAuthModule,
  UpbondFetch,
  UpbondGuard,
  UserinfoService,
  type Session,
  type UpbondAuthOptions,
} from 'nestjs-upbond-auth';
import session from 'express-session';
import { decodeJwt, exportPKCS8, generateKeyPair } from 'jose';
import createMemoryStore from 'memorystore';
import { startUpbondEmulator, type UpbondEmulator } from 'upbond-emulator';
import { findLeaks } from '../../scripts/log-search.mjs';
import { CLOCK } from '../../libs/upbond-auth/src/options/clock.provider.js';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  PLATFORMS,
  SESSION_SECRET,
  startApplication,
  usualOptions,
} from '../support/application.js';
import { boot, CleanUp } from '../support/boot.js';
import { MovableClock } from '../support/movable-clock.js';
import { freePort } from '../support/ports.js';
import { UserAgent } from '../support/user-agent.js';
import { visibleTexts } from '../support/visible-text.js';

const LruStore = createMemoryStore(session);
const API = 'https://orders.example.com';
const cleanUp = new CleanUp();
afterEach(() => cleanUp.clean());

/** What the latest guarded request was, and the services that a handler has. */
let request: { readonly user: object };

@UseGuards(UpbondGuard)
@Controller()
class Pages {
  constructor(
    @Inject(TokenService) readonly tokens: TokenService,
    @Inject(UserinfoService) readonly userinfo: UserinfoService,
    @Inject(UpbondFetch) readonly upbond: UpbondFetch,
    @Inject(SessionService) readonly sessions: SessionService,
    @Inject(ClientCredentialsService) readonly machine: ClientCredentialsService,
    @Inject(UpbondGuard) readonly guard: UpbondGuard,
  ) {}

  @Get('me')
  async me(@Req() incoming: { readonly user: object }) {
    request = incoming;
    const user = await this.tokens.getAccessToken();
    const application = await this.machine.getAccessToken({ audience: API });
    return { user, application };
  }
}

/** Providers of our modules; what holds the platform holds the server's connections, too. */
function providersOf(app: INestApplication): Map<unknown, unknown> {
  const ours = [...app.get(ModulesContainer).values()].filter(
    ({ metatype }) => metatype === UpbondAuthModule || metatype.name === 'UpbondAuthModule',
  );
  const wrappers = ours.flatMap(({ providers }) => [...providers.values()]);
  return new Map(wrappers.map(({ token, instance }) => [token, instance as unknown]));
}

/** Where in what is visible of a value a secret stands. */
function leaksIn(value: unknown, secrets: readonly string[], app: INestApplication): string[] {
  const { httpAdapter } = app.get(HttpAdapterHost);
  const texts = visibleTexts(value, (one) => one === httpAdapter);
  expect(texts.length).toBeGreaterThan(0);
  const known = secrets.map((secret) => ({ kind: 'a secret', value: secret }));
  const leaks = new Set(
    findLeaks(
      texts.map(({ text }) => text),
      known,
    ).map(({ line }) => line),
  );
  return texts.filter(({ text }) => leaks.has(text)).map(({ path }) => path);
}

const tokensOf = ({ tokenSet }: Session): string[] =>
  [tokenSet.accessToken, tokenSet.refreshToken, tokenSet.idToken].map(String);

/** What is kept in a store is kept in this process: entries and handles can be inspected, too. */
const MODES = [
  { name: 'sealed cookies', memory: () => ({}) },
  {
    name: 'a store',
    memory: () => ({ sessionStore: new ExpressSessionStore(new LruStore({ checkPeriod: 0 })) }),
  },
];

describe.each(PLATFORMS)('what can be inspected on %s', (platform) => {
  it.each(MODES)('has no secret in it, with sessions in $name', async ({ memory }) => {
    const port = await freePort();
    const { redirectUri = '' } = usualOptions(port);
    const emulator: UpbondEmulator = await cleanUp.closing(
      startUpbondEmulator({
        clients: [
          { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, redirectUris: [redirectUri] },
        ],
        autoLogin: { email: 'hanako@example.com' },
        habits: { refreshTokenRotation: true },
        lifetimes: { accessTokenSeconds: 600 },
      }),
    );
    const sessions: Session[] = [];
    const clock = new MovableClock();
    const { app, url } = await cleanUp.closing(
      startApplication({
        platform,
        port,
        clock,
        controllers: [Pages],
        options: {
          domain: emulator.url,
          scope: 'openid email offline_access',
          audiences: [API],
          ...memory(),
          loadUser: (session) => {
            sessions.push(session);
            return session.user;
          },
        },
      }),
    );
    const agent = new UserAgent();
    const answers = [await agent.navigate(`${url}/auth/login?returnTo=/me`)];
    const before = await agent.cookies.getCookies(url);
    clock.forward(590);
    for (let count = 0; count < 2; count++) answers.push(await agent.request(`${url}/me`));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);

    const given = answers.flatMap(({ body }) => Object.values(JSON.parse(body) as object));
    const tokens = [...given.map(String), ...sessions.flatMap(tokensOf)];
    expect(new Set(tokens).size, 'it was refreshed').toBeGreaterThanOrEqual(7);
    const nonces = sessions.map(({ tokenSet }) => String(decodeJwt(tokenSet.idToken!).nonce));
    const secrets = [CLIENT_SECRET, SESSION_SECRET, ...tokens, ...nonces];
    const cookies = [...before, ...(await agent.cookies.getCookies(url))].map((one) => one.value);

    const providers = providersOf(app);
    expect(providers.size).toBeGreaterThan(40);
    expect(providers.has(CLOCK)).toBe(true);
    expect(leaksIn(providers, [...secrets, ...cookies], app)).toEqual([]);
    expect(leaksIn(app.get(Pages), [...secrets, ...cookies], app)).toEqual([]);
    expect(leaksIn(request.user, [...secrets, ...cookies], app)).toEqual([]);
    expect(leaksIn(sessions, [...secrets, ...cookies], app)).toEqual([]);
    // The cookies themselves are in the headers that the browser sent
    expect(leaksIn(request, secrets, app)).toEqual([]);
    expect(leaksIn(request, cookies, app)).not.toEqual([]);
    // It would have been seen
    for (const secret of secrets) {
      const planted = new Map([...providers, ['planted', { in: [new Set([{ secret }])] }]]);
      expect(leaksIn(planted, [secret], app)).toEqual(['.planted.in.0.member.secret']);
    }

    const { tokens: service, guard } = app.get(Pages);
    for (const value of [service, guard, request.user, sessions]) {
      const shown = inspect(value, { depth: 12, showHidden: true });
      expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    }
  });

  it('has no private key in it', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const key = await exportPKCS8(privateKey);
    const options: UpbondAuthOptions = {
      ...usualOptions(3000),
      clientSecret: undefined as never,
      clientAssertionKeys: { key, keyId: 'first', algorithm: 'ES256' },
    };
    for (const module of [
      UpbondAuthModule.forRoot(options),
      UpbondAuthModule.forRootAsync({ useFactory: () => options }),
    ]) {
      const { app } = await cleanUp.closing(boot({ platform, imports: [module] }));
      const lines = key.split('\n').filter((line) => line.length > 40);
      expect(leaksIn(providersOf(app), [...lines, SESSION_SECRET], app)).toEqual([]);
    }
  });
});
