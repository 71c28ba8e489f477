// @ts-check
// What all contenders share: keys, the authorization server, Redis.
import { accessTokenClaims, makeKeys, makeSigner, tokenResponse } from './credentials.mjs';
import { freePort, startRedis, startScript } from './processes.mjs';

/** @typedef {Awaited<ReturnType<typeof openScene>>} Scene */

export async function openScene() {
  const keys = makeKeys();
  const signer = makeSigner(keys);
  const port = await freePort();
  const input = { port, keys };
  const server = await startScript('authorization-server.mjs', { cpu: 'load', port, input });
  const redis = await startRedis();
  const issuer = `http://127.0.0.1:${port}/realms/bench`;
  /** @type {Map<string, string[]>} */
  const signed = new Map();

  return {
    issuer,
    signer,
    tokens: tokenResponse(signer, issuer, 0),

    /** Access tokens of the first people. @param {'RS256' | 'ES256'} algorithm @param {number} count */
    accessTokens(algorithm, count) {
      const tokens = signed.get(algorithm) ?? [];
      signed.set(algorithm, tokens);
      while (tokens.length < count) {
        tokens.push(signer(algorithm, accessTokenClaims(issuer, tokens.length)));
      }
      return tokens.slice(0, count);
    },

    /** @param {string} file below contenders/ @param {'express' | 'fastify'} platform */
    async startContender(file, platform) {
      const own = await freePort();
      const contender = new URL(`../contenders/${file}.mjs`, import.meta.url).href;
      const url = `http://localhost:${own}`;
      const settings = { issuer, platform, port: own, url, redisUrl: redis.url };
      const what = { file: contender, settings };
      return startScript('server.mjs', { cpu: 'server', port: own, input: what });
    },

    async close() {
      await server.stop();
      redis.stop();
    },
  };
}
