import {
  startUpbondEmulator,
  type UpbondEmulator,
  type UpbondEmulatorHabits,
} from 'upbond-emulator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET, PLATFORMS, startApplication } from '../support/application.js';
import { destination, onFreePort, Pages, Visitor } from './fixture.js';

interface Stage {
  readonly emulator: UpbondEmulator;
  readonly visitor: Visitor;
  /** The refresh token of the latest login. */
  readonly refreshToken: () => string;
}

describe.each(PLATFORMS)('logout on %s with the emulator', (platform) => {
  const start = (habits: Partial<UpbondEmulatorHabits> = {}): Promise<Stage> =>
    onFreePort((port) => startAt(port, habits));

  async function startAt(port: number, habits: Partial<UpbondEmulatorHabits>): Promise<Stage> {
    const url = `http://localhost:${port}`;
    const client = {
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      redirectUris: [`${url}/auth/callback`],
      postLogoutRedirectUris: [`${url}/`],
      backchannelLogoutUri: `${url}/auth/backchannel-logout`,
    };
    const emulator = await startUpbondEmulator({
      clients: [client],
      autoLogin: { email: 'hanako@example.com' },
      habits,
    });
    onTestFinished(() => emulator.close());
    let refreshToken = '';
    const options = {
      domain: emulator.url,
      scope: 'openid profile email offline_access',
      onLogin: (claims: { sub: string }, tokens: { refreshToken: string | undefined }) => {
        refreshToken = tokens.refreshToken ?? '';
        return { sub: claims.sub };
      },
    };
    const application = await startApplication({ platform, port, controllers: [Pages], options });
    onTestFinished(() => application.close());
    const visitor = await new Visitor(url).signIn();
    return { emulator, visitor, refreshToken: () => refreshToken };
  }

  /** What the token endpoint says to a refresh token. */
  async function refresh({ emulator, refreshToken }: Stage): Promise<string> {
    const response = await fetch(`${emulator.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        refresh_token: refreshToken(),
      }),
    });
    const { error } = (await response.json()) as { error?: string };
    return error ?? 'refreshed';
  }

  it('ends both sessions and comes back', async () => {
    const stage = await start();
    const { emulator, visitor } = stage;
    const answer = await visitor.signOut();
    expect(await visitor.isSignedIn()).toBe(false);
    expect(emulator.counters.revocationRequests).toBe(1);
    expect(await refresh(stage)).toBe('invalid_grant');
    const back = await visitor.agent.navigate(destination(answer).href);
    expect(back).toMatchObject({ url: `${visitor.url}/`, body: 'the public page' });
    expect(emulator.counters.logoutRequests).toBe(1);
    expect(await emulatorSession(stage)).toBe('login_required');
  });

  it('does not revoke what nobody signed out of', async () => {
    const stage = await start({ refreshTokenRotation: false });
    expect(await refresh(stage)).toBe('refreshed');
    await stage.visitor.signOut();
    expect(await refresh(stage)).toBe('invalid_grant');
  });

  it('goes to its end_session_endpoint where it has one', async () => {
    const { emulator, visitor } = await start({ endSessionEndpoint: true });
    const url = destination(await visitor.signOut());
    expect(url.href).toMatch(new RegExp(`^${emulator.url}/oidc/logout\\?id_token_hint=`));
    // oidc-provider asks, and would have refused a hint or an address that is wrong
    const page = await visitor.agent.navigate(url.href);
    expect(page.status).toBe(200);
    expect(page.body).toContain('/oidc/logout/confirm');
  });

  it.each([{ sid: true }, { sid: false }])(
    'is signed out by the emulator, with %j',
    async (habits) => {
      const stage = await start(habits);
      const { emulator, visitor } = stage;
      const query = new URLSearchParams({ client_id: CLIENT_ID, returnTo: `${visitor.url}/` });
      expect(await visitor.isSignedIn()).toBe(true);
      await visitor.agent.navigate(`${emulator.url}/v2/logout?${query}`);
      expect(emulator.counters.backchannelLogouts).toBe(1);
      expect(await visitor.isSignedIn()).toBe(false);
      await visitor.signIn();
      expect(await visitor.isSignedIn()).toBe(true);
    },
  );

  /** What a silent login is answered. */
  async function emulatorSession({ emulator, visitor }: Stage): Promise<string | null> {
    const query = new URLSearchParams({
      client_id: CLIENT_ID,
      redirect_uri: `${visitor.url}/auth/callback`,
      response_type: 'code',
      scope: 'openid',
      prompt: 'none',
    });
    const started = await visitor.agent.visit(`${emulator.url}/authorize?${query}`);
    const back = await visitor.agent.follow(started, `${visitor.url}/auth/callback`);
    return new URL(back.headers.get('location') ?? '').searchParams.get('error');
  }
});
