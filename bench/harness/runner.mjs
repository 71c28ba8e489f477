// @ts-check
// One case under load: its server, its credentials, and what a slice of time says of it.
import { subOf, tampered } from './credentials.mjs';
import { drive, get } from './load.mjs';
import { BROWSER, finishLogins, startLogins } from './login.mjs';
import { percentile } from './statistics.mjs';

const FEW = 8;
const MINTED_AT_ONCE = 500;

/**
 * @typedef {import('../plan.mjs').Case} Case
 * @typedef {import('./scene.mjs').Scene} Scene
 * @typedef {import('./processes.mjs').Server} Server
 *
 * @typedef {{ cpu: number, count: number, seconds: number, latencies: Float64Array }} Part
 * microseconds of CPU time, of all threads; latencies in milliseconds, ascending
 *
 * @typedef {{ cpu: number, perSecond: number, p50: number, p99: number, count: number }} Slice
 * microseconds of CPU time for each request
 */

export class Runner {
  #cursor = 0;
  /** @type {string[]} */
  #requests = [];
  /** @type {Record<string, string>[]} */
  headers = [];
  /** @type {{ login: string, callback: string } | undefined} */
  routes;

  /** @param {Scene} scene @param {Case} one @param {Server} server */
  constructor(scene, one, server) {
    this.scene = scene;
    this.case = one;
    this.server = server;
  }

  /** @param {Scene} scene @param {Case} one @param {number} many how many people are more than any cache holds */
  static async start(scene, one, many) {
    const runner = new Runner(scene, one, await scene.startContender(one.file, one.platform));
    try {
      runner.routes = await runner.server.ask('routes');
      runner.headers = await runner.#credentials(one.people === 'few' ? FEW : many);
      const path = one.work === 'me' ? '/me' : (runner.routes?.login ?? '');
      runner.#requests = runner.headers.map((headers) => get(path, headers));
      return runner;
    } catch (error) {
      await runner.server.stop();
      throw error;
    }
  }

  /** Whether the load has its CPU to itself: neither Redis nor the authorization server is asked meanwhile. */
  get isAlone() {
    return this.case.work !== 'login' && !this.case.contender.includes('Redis');
  }

  get title() {
    const { group, contender, platform } = this.case;
    return `${group} · ${contender} · ${platform}`;
  }

  /** @param {number} count @returns {Promise<Record<string, string>[]>} */
  async #credentials(count) {
    const { credentials } = this.case;
    if (credentials === 'nothing') return [BROWSER];
    if (credentials === 'login') return (await this.#login(count)).map((cookie) => ({ cookie }));
    if (credentials === 'mint') return (await this.#mint(count)).map((cookie) => ({ cookie }));
    const tokens = this.scene.accessTokens(credentials, count);
    return tokens.map((token) => ({ authorization: `Bearer ${token}` }));
  }

  /** @param {number} count */
  async #mint(count) {
    const { tokens } = this.scene;
    /** @type {string[]} */
    const minted = [];
    while (minted.length < count) {
      const next = Math.min(MINTED_AT_ONCE, count - minted.length);
      minted.push(...(await this.server.ask('mint', { from: minted.length, count: next, tokens })));
    }
    return minted;
  }

  /** @param {number} count @param {{ isForged?: boolean, isRefused?: boolean }} [how] */
  async #login(count, how) {
    const started = await this.startLogins(count);
    const { issuer } = this.scene;
    return finishLogins(this.server.port, this.routes?.callback ?? '', started, { issuer, ...how });
  }

  /** @param {number} count */
  startLogins(count) {
    const { issuer } = this.scene;
    return startLogins(this.server.port, this.routes?.login ?? '', { issuer, count });
  }

  /**
   * Requests of all people in turn. What was reached is gone on from: whoever is to be seen for the
   * first time is not met again before all others.
   *
   * @param {{ seconds: number, connections?: number, isAwake?: boolean }} how
   * @returns {Promise<Part>}
   */
  async part(how) {
    const requests = this.#requests;
    const from = this.#cursor;
    const isStart = this.case.work === 'login-start';
    const begin = `${this.scene.issuer}/authorize?`;
    const part = await partOf(this.server, {
      isAwake: this.isAlone,
      ...how,
      request: (index) => requests[(from + index) % requests.length] ?? '',
      verify: ({ status, head, body }, index) =>
        isStart
          ? status === 302 && head.includes(begin)
          : status === 200 && body === bodyOf((from + index) % requests.length),
    });
    this.#cursor = (from + part.count) % requests.length;
    return part;
  }

  /**
   * Some logins, of which only the completion counts.
   *
   * @param {number} count
   * @returns {Promise<Part>}
   */
  async loginPart(count) {
    const started = await this.startLogins(count);
    const { issuer } = this.scene;
    const before = await this.server.ask('cpu');
    const begin = performance.now();
    await finishLogins(this.server.port, this.routes?.callback ?? '', started, { issuer });
    const seconds = (performance.now() - begin) / 1000;
    const cpu = (await this.server.ask('cpu')) - before;
    return { cpu, count, seconds, latencies: new Float64Array() };
  }

  /** The unguarded route that is sent the same headers. @param {Server} bare @param {{ seconds: number, connections?: number, isAwake?: boolean }} how */
  barePart(bare, how) {
    const requests = this.headers.slice(0, 1000).map((headers) => get('/me', headers));
    return partOf(bare, {
      isAwake: this.isAlone,
      ...how,
      request: (index) => requests[index % requests.length] ?? '',
      verify: ({ status, body }) => status === 200 && body === bodyOf(0),
    });
  }

  /** Cookies of a few real logins, and of one whose ID token has a wrong signature. */
  async logins() {
    const cookies = await this.#login(3);
    const [forged] = await this.#login(1, { isForged: true, isRefused: true });
    return { cookies, forged };
  }

  /** The answer to one request. @param {Record<string, string>} headers @param {string} [path] */
  async answer(headers, path = '/me') {
    /** @type {import('./load.mjs').Answer[]} */
    const answers = [];
    await drive({
      port: this.server.port,
      connections: 1,
      requests: 1,
      request: () => get(path, headers),
      verify: (answer) => answers.push(answer) > 0,
    });
    return answers[0];
  }
}

/** @param {Server} server @param {Omit<import('./load.mjs').Load, 'port'>} load @returns {Promise<Part>} */
async function partOf(server, load) {
  const before = await server.ask('cpu');
  const { count, seconds, latencies } = await drive({ port: server.port, ...load });
  return { cpu: (await server.ask('cpu')) - before, count, seconds, latencies };
}

/** What several parts say together. @param {Part[]} parts @returns {Slice} */
export function sliceOf(parts) {
  /** @param {(part: Part) => number} pick */
  const sum = (pick) => parts.reduce((total, part) => total + pick(part), 0);
  const count = sum((part) => part.count);
  const latencies = Float64Array.from(parts.flatMap((part) => [...part.latencies])).sort();
  return {
    count,
    cpu: sum(({ cpu }) => cpu) / count,
    perSecond: count / sum(({ seconds }) => seconds),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
}
/** @param {number} index */
export const bodyOf = (index) => `{"sub":"${subOf(index)}"}`;

/** Headers with credentials that somebody changed. @param {Record<string, string>} headers @returns {Record<string, string>} */
export function tamperedHeaders({ cookie, authorization }) {
  if (authorization) return { authorization: tampered(authorization) };
  const pairs = (cookie ?? '').split('; ').map(tampered);
  return { cookie: pairs.join('; ') };
}
