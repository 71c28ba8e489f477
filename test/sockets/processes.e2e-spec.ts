import { RedisSessionStore, RedisSharedMemory, SessionService } from 'nestjs-upbond-auth';
import type { UpbondAuthOptions } from 'nestjs-upbond-auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scene, type Visitor } from '../logout/fixture.js';
import { CLIENT_KINDS, type ApplicationClient } from '../session/redis/clients.js';
import {
  PLATFORMS,
  startApplication,
  type Platform,
  type RunningApplication,
} from '../support/application.js';
import { freePort } from '../support/ports.js';
import { RedisServer } from '../support/redis-server.js';
import { until } from '../support/waiting.js';
import { connected, outcomeOf, verdict, type Client } from './clients.js';
import { protect } from './fixture.js';
import { Arrivals, gatewaysOf } from './gateways.js';

type Memory = Pick<UpbondAuthOptions, 'sessionStore' | 'sharedMemory'>;
type RedisClient = ApplicationClient['client'];

const MODES: readonly (readonly [name: string, use: (client: RedisClient) => Memory])[] = [
  [
    'sealed cookie + RedisSharedMemory',
    (client) => ({ sharedMemory: new RedisSharedMemory(client) }),
  ],
  ['RedisSessionStore', (client) => ({ sessionStore: new RedisSessionStore(client) })],
];

let redis: RedisServer;

beforeAll(async () => {
  redis = await RedisServer.start();
});
afterAll(() => redis.stop());

/** Two processes of one application, as far as memory goes, with a client of Redis each. */
class TwoProcesses {
  constructor(
    readonly scene: Scene,
    readonly other: RunningApplication,
    readonly clients: readonly ApplicationClient[],
  ) {}

  static async start(platform: Platform, use: (client: RedisClient) => Memory) {
    const kind = CLIENT_KINDS[0]!;
    const clients = [await kind.single(redis), await kind.single(redis)] as const;
    const gateways = () => gatewaysOf('ws', new Arrivals());
    const options = use(clients[0].client);
    const setup = { platform, providers: gateways(), configure: protect('ws') };
    const scene = await Scene.start({ ...setup, options });
    const other = await startApplication({
      ...setup,
      providers: gateways(),
      port: await freePort(),
      options: {
        domain: scene.server.url,
        redirectUri: `${scene.url}/auth/callback`,
        ...use(clients[1].client),
      },
    });
    return new TwoProcesses(scene, other, clients);
  }

  /** A connection to the other process with the cookies of a visitor. */
  async connection({ agent }: Visitor): Promise<Client> {
    return connected('ws', this.other.url, 'closed', await this.credentials(agent));
  }

  async outcome({ agent }: Visitor): Promise<string> {
    return outcomeOf('ws', this.other.url, 'closed', await this.credentials(agent));
  }

  async close(): Promise<void> {
    await this.other.close();
    await this.scene.close();
    for (const client of this.clients) client.close();
  }

  private async credentials(agent: Visitor['agent']) {
    const cookie = await agent.cookies.getCookieString(this.scene.url);
    return { headers: { origin: this.scene.url, cookie } };
  }
}

describe.each(PLATFORMS)('another process ends a session, on %s', (platform) => {
  describe.each(MODES)('%s', (_name, use) => {
    let processes: TwoProcesses;

    beforeAll(async () => {
      processes = await TwoProcesses.start(platform, use);
    });
    afterAll(() => processes.close());

    /** Says how long the connection lived on, in milliseconds. */
    const endOf = async (client: Client): Promise<number> => {
      const took = await until(async () => client.isClosed(), 'it stayed open', 1000);
      expect(await client.closed).toBe('4401 login_required');
      return took;
    };
    const someone = async () => {
      const visitor = await processes.scene.visitor().signIn();
      return { visitor, client: await processes.connection(visitor) };
    };

    it('by a logout', async () => {
      const { visitor, client } = await someone();
      const { client: stays } = await someone();
      await visitor.signOutByScript();
      await endOf(client);
      expect(await verdict(stays, 'me')).toBe('ok');
      stays.close();
    });

    it('by SessionService', async () => {
      const [one, another] = [await someone(), await someone()];
      const service = processes.scene.application.app.get(SessionService);
      await service.revokeAll(processes.scene.server.sub);
      await endOf(one.client);
      await endOf(another.client);
      expect(await processes.outcome(one.visitor)).toBe('login_required');
      const later = await someone();
      expect(await verdict(later.client, 'me')).toBe('ok');
      later.client.close();
    });

    it('by a back-channel logout', async () => {
      const { client } = await someone();
      const answer = await processes.scene.send(processes.scene.server.logoutToken());
      expect(answer.status).toBe(200);
      await endOf(client);
    });
  });
});

describe.each(PLATFORMS)('a sealed cookie in one process, on %s', (platform) => {
  it('a back-channel logout closes its connections', async () => {
    const scene = await Scene.start({
      platform,
      providers: gatewaysOf('ws', new Arrivals()),
      configure: protect('ws'),
    });
    const { agent } = await scene.visitor().signIn();
    const cookie = await agent.cookies.getCookieString(scene.url);
    const headers = { origin: scene.url, cookie };
    const client = await connected('ws', scene.url, 'closed', { headers });
    expect((await scene.send(scene.server.logoutToken())).status).toBe(200);
    await until(async () => client.isClosed(), 'it stayed open', 1000);
    expect(await client.closed).toBe('4401 login_required');
    await scene.close();
  });
});
