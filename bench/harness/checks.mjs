// @ts-check
// Before anything is timed: does it do its work at all?
import { bodyOf, tamperedHeaders } from './runner.mjs';

/**
 * @typedef {{ title: string, passed: boolean, why?: string }} Check
 * @typedef {Record<string, boolean>} Facts what a contender does of its own accord
 */

/**
 * @param {import('./runner.mjs').Runner} runner
 * @returns {Promise<{ checks: Check[], facts: Facts }>}
 */
export async function check(runner) {
  /** @type {Check[]} */
  const checks = [];
  /** @param {string} what @param {() => Promise<boolean>} isTrue */
  const expect = async (what, isTrue) => {
    const title = `${runner.title}: ${what}`;
    const result = await isTrue().catch((/** @type {Error} */ error) => error.message);
    checks.push(
      result === true ? { title, passed: true } : { title, passed: false, why: `${result}` },
    );
  };
  const { work } = runner.case;
  if (work === 'me') await checkCredentials(runner, runner.headers, expect);
  const facts = work === 'me' ? {} : await factsOfStart(runner);
  if (work === 'login') {
    const { cookies, forged } = await runner.logins();
    await checkCredentials(
      runner,
      cookies.map((cookie) => ({ cookie })),
      expect,
    );
    facts['wrong signature refused'] = !(await isSignedIn(runner, { cookie: forged ?? '' }));
  }
  return { checks, facts };
}

/** @typedef {(what: string, isTrue: () => Promise<boolean>) => Promise<void>} Expect */

/** @param {import('./runner.mjs').Runner} runner @param {Record<string, string>[]} all @param {Expect} expect */
async function checkCredentials(runner, all, expect) {
  await expect('good credentials get their own sub', async () => {
    for (const [index, headers] of all.slice(0, 3).entries()) {
      const answer = await runner.answer(headers);
      if (answer?.status !== 200 || answer.body !== bodyOf(index)) return false;
    }
    return true;
  });
  await expect('no credentials get nothing', async () => !(await isSignedIn(runner, {})));
  await expect('tampered credentials get nothing', async () => {
    return !(await isSignedIn(runner, tamperedHeaders(all[0] ?? {})));
  });
}

/** @param {import('./runner.mjs').Runner} runner @returns {Promise<Facts>} */
async function factsOfStart(runner) {
  const [one, other] = (await runner.startLogins(2)).map(({ parameters }) => parameters);
  const state = one?.get('state');
  return {
    'state of its own': Boolean(state) && state !== other?.get('state'),
    nonce: one?.has('nonce') ?? false,
    PKCE: one?.get('code_challenge_method') === 'S256',
  };
}

/** @param {import('./runner.mjs').Runner} runner @param {Record<string, string>} headers */
async function isSignedIn(runner, headers) {
  const answer = await runner.answer(headers);
  return answer?.status === 200 || (answer?.body ?? '').includes('did:key');
}
