// @ts-check
// The figures to reach, computed from the results of one run.
import { summary } from './harness/statistics.mjs';

/**
 * @typedef {import('./measure/rounds.mjs').Result} Result
 * @typedef {{ what: string, asked: string, atLeast?: number, atMost?: number, value: import('./harness/statistics.mjs').Summary, unit?: string }} Target
 */

/** The ratio to the unguarded route, in each round. @param {Result | undefined} result */
export const ratios = (result) => (result?.rounds ?? []).map(({ own, bare }) => bare.cpu / own.cpu);

/** @param {{ results: Result[], memory?: import('./measure/memory.mjs').Retained[] }} run @returns {Target[]} */
export function targetsOf({ results, memory = [] }) {
  /** @param {string} group @param {string} contender @param {string} [platform] */
  const find = (group, contender, platform = 'express') =>
    results.find(
      (one) => one.group === group && one.contender === contender && one.platform === platform,
    );

  /** How many times as cheap, round by round. @param {Result | undefined} one @param {Result | undefined} other */
  const times = (one, other) => {
    const others = ratios(other);
    return summary(ratios(one).map((ratio, round) => ratio / (others[round] ?? NaN)));
  };

  /** @param {string} what @param {string} group @param {string} ours @param {string} other @param {number} atLeast @param {string} [platform] @returns {Target} */
  const against = (what, group, ours, other, atLeast, platform) => ({
    what,
    asked: `${atLeast} × ${other}`,
    atLeast,
    value: times(find(group, ours, platform), find(group, other, platform)),
  });

  /** @param {string} what @param {string} group @param {string} ours @param {string} platform @returns {Target} */
  const alone = (what, group, ours, platform) => ({
    what: `p50 at one connection, ${what}, ${platform}`,
    asked: 'at most 1.1 × bare',
    atMost: 1.1,
    value: summary(
      (find(group, ours, platform)?.rounds ?? []).map(({ single }) =>
        single ? single.own / single.bare : NaN,
      ),
    ),
  });

  const sealed = 'ours, sealed cookie';
  const classic = 'passport-jwt + jwks-rsa';
  const eoc = 'express-openid-connect';
  const login = find('login', eoc)?.rounds ?? [];
  const pending = memory.find(
    ({ contender, platform }) => contender === 'ours' && platform === 'express',
  );
  return [
    against('session, sealed cookie, seen before, Express', 'session', sealed, 'ceiling', 0.95),
    against('session, sealed cookie, seen before, Express', 'session', sealed, eoc, 2.8),
    against(
      'session, sealed cookie, seen before, Fastify',
      'session',
      sealed,
      'ceiling',
      0.92,
      'fastify',
    ),
    against(
      'session, Redis store, Express',
      'session',
      'ours, Redis',
      'express-session + Redis',
      1.2,
    ),
    against('session seen for the first time', 'session-first', sealed, 'ceiling', 0.85),
    against('bearer, token seen before, Express', 'bearer', 'ours', 'ceiling', 0.95),
    against('bearer, token seen before, Express', 'bearer', 'ours', classic, 2.4),
    against('bearer, token seen before, Fastify', 'bearer', 'ours', 'ceiling', 0.92, 'fastify'),
    against('bearer, token seen before, Fastify', 'bearer', 'ours', classic, 4.5, 'fastify'),
    against('bearer, RS256 token seen for the first time', 'bearer-first', 'ours', 'jose', 0.97),
    against(
      'bearer, ES256 token seen for the first time',
      'bearer-first-es256',
      'ours',
      'jose',
      0.97,
    ),
    {
      what: 'login start, Express',
      asked: '0.78 of bare',
      atLeast: 0.78,
      value: summary(ratios(find('login-start', 'ours'))),
    },
    {
      what: 'login completed, ID token signature checked',
      asked: `at most 0.6 × the CPU of ${eoc}`,
      atMost: 0.6,
      value: summary(
        (find('login', 'ours')?.rounds ?? []).map(
          ({ own }, round) => own.cpu / (login[round]?.own.cpu ?? NaN),
        ),
      ),
    },
    {
      what: 'heap retained per pending login',
      asked: '0 (less than 2 bytes: the heap is not exact)',
      atMost: 2,
      value: summary(pending ? [pending.bytes] : []),
      unit: ' B',
    },
    alone('bearer', 'bearer', 'ours', 'express'),
    alone('sealed cookie', 'session', sealed, 'express'),
    alone('bearer', 'bearer', 'ours', 'fastify'),
    alone('sealed cookie', 'session', sealed, 'fastify'),
  ];
}

/** Whether a figure is reached, by its median; nothing when it was not measured. @param {Target} target */
export function isReached({ atLeast = -Infinity, atMost = Infinity, value: { median } }) {
  return Number.isNaN(median) ? undefined : median >= atLeast && median <= atMost;
}
