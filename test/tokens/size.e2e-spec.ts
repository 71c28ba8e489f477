import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { RedisSessionStore, type UpbondAuthOptions } from 'nestjs-upbond-auth';
import { onTestFinished } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { RedisServer } from '../support/redis-server.js';
import { Api } from './api.js';
import { codeOf, inHandler, startTokenApplication, type Work } from './scripted-tokens.js';

const STOCK = 'https://stock';
const ORDERS = 'https://orders';
/** More than the cookies of a session may have, and nothing that compresses. */
const BIG = randomBytes(4500).toString('base64url');
const plain: Work = ({ tokens }) => tokens.getAccessToken();
const stock: Work = ({ tokens }) => tokens.getAccessToken({ audience: STOCK });
const orders: Work = ({ tokens }) => tokens.getAccessToken({ audience: ORDERS });

describe.each(PLATFORMS)('access tokens that are big, on %s', (platform) => {
  describe.each([true, false])('with rotation %s', (isRotating) => {
    async function start(options: UpbondAuthOptions = {}) {
      const audiences = [STOCK, ORDERS];
      const scene = await startTokenApplication(platform, { audiences, ...options });
      await scene.login.signIn();
      scene.script.isRotating = isRotating;
      return scene;
    }

    it('do not fit into cookies, which says so and loses nothing', async () => {
      const { login, script, clock } = await start();
      const { json: first } = await inHandler(login, plain);
      script.padding = BIG;
      const refused = await inHandler(login, stock);
      expect(codeOf(refused)).toEqual([500, 'session_too_large']);
      expect(refused.json['message']).toContain('session store');
      // Nobody asks for it again right away
      for (let request = 0; request < 3; request++) {
        expect(codeOf(await inHandler(login, stock))).toEqual([500, 'session_too_large']);
      }
      expect(script.refreshes).toHaveLength(1);
      // The session and its newest refresh token are alive
      expect((await inHandler(login, plain)).json).toEqual(first);
      script.padding = '';
      expect((await inHandler(login, orders)).status).toBe(200);
      clock.forward(3590);
      expect((await inHandler(login, plain)).json).not.toEqual(first);
      expect((await inHandler(login, stock)).status).toBe(200);
      expect(script.refreshes).toHaveLength(4);
      expect(script.reuses).toEqual([]);
    });

    it('do not stay in a request that goes on', async () => {
      const { login, script } = await start();
      script.padding = BIG;
      const { json } = await inHandler(login, async (services) => {
        const codes = [];
        for (const work of [stock, stock]) {
          codes.push(await work(services).catch((error: { code: string }) => error.code));
        }
        script.padding = '';
        return [...codes, await plain(services), await orders(services)];
      });
      const [one, two, usual, other] = json['result'] as string[];
      expect([one, two]).toEqual(['session_too_large', 'session_too_large']);
      expect(script.issued.get(usual!)).toMatchObject({ spent: null });
      expect(script.issued.get(other!)).toMatchObject({ audience: ORDERS });
      expect(script.refreshes).toHaveLength(2);
      expect((await inHandler(login, orders)).json['result']).toBe(other);
      expect(script.reuses).toEqual([]);
    });

    it('do not keep a refresh token from being revoked', async () => {
      const revocation = await Api.start();
      onTestFinished(() => revocation.close());
      const { login, script } = await start({
        endpoints: { revocationEndpoint: `${revocation.origin}/oauth/revoke` },
      });
      script.padding = BIG;
      const { json } = await inHandler(login, async (services) => {
        const code = await stock(services).catch((error: { code: string }) => error.code);
        await services.tokens.revoke();
        return code;
      });
      expect(json['result']).toBe('session_too_large');
      expect(revocation.requests).toHaveLength(1);
      expect((await inHandler(login, plain)).status).toBe(200);
      expect(codeOf(await inHandler(login, orders))).toEqual([401, 'refresh_token_missing']);
    });

    it('say so as well when it is the usual one that grew', async () => {
      const { login, script, clock } = await start();
      script.padding = BIG;
      clock.forward(3601);
      expect(codeOf(await inHandler(login, plain))).toEqual([500, 'session_too_large']);
      expect(script.reuses).toEqual([]);
    });
  });

  it('have room in a store', async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    const client = new Redis(redis.url);
    client.on('error', () => undefined);
    onTestFinished(() => client.disconnect());
    const { login, script } = await startTokenApplication(platform, {
      audiences: [STOCK, ORDERS],
      sessionStore: new RedisSessionStore(client),
    });
    await login.signIn();
    script.padding = BIG;
    const { json } = await inHandler(login, stock);
    expect(script.issued.get(String(json['result']))).toMatchObject({ audience: STOCK });
    expect((await inHandler(login, orders)).status).toBe(200);
    expect((await inHandler(login, stock)).json).toEqual(json);
    expect(script.refreshes).toHaveLength(2);
    expect(script.reuses).toEqual([]);
  });
});
