import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { ApplicationToken } from './application-token.js';
import { ApplicationTokens } from './application-tokens.js';

type Answer = { readonly expiresIn?: number } | UpbondAuthException | Error;

/** A token endpoint that answers when it is told to, and a clock that stands still. */
class Scene {
  time = 1_000_000;
  asked = 0;
  answered = 0;
  /** Which answer brought each token, and when it expires. */
  readonly given: Record<string, { readonly answer: number; readonly end: number }> = {};
  readonly unrenewed: unknown[] = [];
  readonly #answers: ((answer: Answer) => void)[] = [];
  readonly token = new ApplicationToken({
    now: () => this.time,
    ask: () => this.#ask(),
    onUnrenewed: (error) => void this.unrenewed.push(error),
  });

  /** Answers the oldest open request, and waits until that is known everywhere. */
  async answer(answer: Answer = { expiresIn: 3600 }): Promise<void> {
    this.#answers.shift()?.(answer);
    await new Promise(setImmediate);
  }

  /** A token of this life, asked for now. */
  async hold(expiresIn?: number): Promise<void> {
    const first = this.token.get();
    await this.answer(expiresIn === undefined ? {} : { expiresIn });
    await first;
  }

  #ask(): Promise<{ accessToken: string; expiresIn: number | undefined }> {
    const number = (this.asked += 1);
    const askedAt = this.time;
    return new Promise((resolve, reject) => {
      this.#answers.push((answer) => {
        this.answered += 1;
        if (!(answer instanceof Error)) {
          const end = askedAt + (answer.expiresIn ?? 300);
          this.given[`token-${number}`] = { answer: this.answered, end };
        }
        if (answer instanceof Error) reject(answer);
        else resolve({ accessToken: `token-${number}`, expiresIn: answer.expiresIn });
      });
    });
  }
}

const outage = (retryAfterSeconds?: number) =>
  new UpbondAuthException('temporarily_unavailable', {
    detail: 'the server is down',
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
const failureOf = (promise: Promise<unknown>) => promise.then(String, (error: unknown) => error);

describe('ApplicationToken', () => {
  it('asks once for a thousand callers', async () => {
    const scene = new Scene();
    const all = Promise.all(Array.from({ length: 1000 }, () => scene.token.get()));
    await scene.answer();
    expect(new Set(await all)).toEqual(new Set(['token-1']));
    expect(scene.asked).toBe(1);
  });

  it('hands a failure to all who wait', async () => {
    const scene = new Scene();
    const all = Array.from({ length: 10 }, () => failureOf(scene.token.get()));
    const failure = outage();
    await scene.answer(failure);
    expect(new Set(await Promise.all(all))).toEqual(new Set([failure]));
    expect([scene.asked, scene.unrenewed]).toEqual([1, []]);
  });

  it.each([
    // A tenth of its life, at most a minute, ahead; then half of that, at most 10 s, with waiting
    [86_400, 86_339, 86_340, 86_389, 86_390],
    [600, 539, 540, 589, 590],
    [100, 89, 90, 94, 95],
    [undefined, 269, 270, 289, 290],
  ])('of %j s: kept, renewed behind, waited for', async (life, kept, behind, still, urgent) => {
    const scene = new Scene();
    const begin = scene.time;
    await scene.hold(life);
    scene.time = begin + kept;
    expect([await scene.token.get(), scene.asked]).toEqual(['token-1', 1]);
    scene.time = begin + behind;
    expect([await scene.token.get(), scene.asked]).toEqual(['token-1', 2]);
    scene.time = begin + still;
    expect([await scene.token.get(), scene.asked]).toEqual(['token-1', 2]);
    scene.time = begin + urgent;
    const waiting = scene.token.get();
    await scene.answer();
    expect([await waiting, await scene.token.get(), scene.asked]).toEqual([
      'token-2',
      'token-2',
      2,
    ]);
  });

  it('is good until its real end while the server fails, and then no longer', async () => {
    const scene = new Scene();
    const begin = scene.time;
    await scene.hold(600);
    scene.time = begin + 540;
    expect(await scene.token.get()).toBe('token-1');
    await scene.answer(outage());
    expect(scene.unrenewed).toHaveLength(1);
    scene.time = begin + 595;
    const urgent = scene.token.get();
    await scene.answer(outage());
    expect(await urgent).toBe('token-1');
    scene.time = begin + 599;
    const last = scene.token.get();
    await scene.answer(outage());
    expect(await last).toBe('token-1');
    scene.time = begin + 610;
    const late = failureOf(scene.token.get());
    await scene.answer(outage());
    expect(await late).toMatchObject({ code: 'temporarily_unavailable' });
  });

  it('counts its life from before the request', async () => {
    const scene = new Scene();
    const first = scene.token.get();
    scene.time += 50;
    await scene.answer({ expiresIn: 100 });
    expect(await first).toBe('token-1');
    scene.time += 50;
    void failureOf(scene.token.get());
    expect(scene.asked).toBe(2);
  });

  it('that lives no time at all is used by those who waited', async () => {
    const scene = new Scene();
    await scene.hold(0);
    await scene.hold(0);
    expect(scene.asked).toBe(2);
  });

  it('goes on for the others when a waiter gives up', async () => {
    const scene = new Scene();
    const controller = new AbortController();
    const gone = failureOf(scene.token.get(controller.signal));
    const stays = scene.token.get();
    controller.abort();
    expect(await gone).toMatchObject({ code: 'temporarily_unavailable' });
    await scene.answer();
    expect([await stays, await scene.token.get(), scene.asked]).toEqual(['token-1', 'token-1', 1]);
  });

  it('serves who gives up waiting for a renewal with the old one', async () => {
    const scene = new Scene();
    await scene.hold(600);
    scene.time += 595;
    expect(await scene.token.get(AbortSignal.abort())).toBe('token-1');
    await scene.answer();
    expect([await scene.token.get(), scene.asked]).toEqual(['token-2', 2]);
  });
});

describe('the pause after a failure', () => {
  async function fail(scene: Scene, error: Error = outage()): Promise<unknown> {
    const failure = failureOf(scene.token.get());
    await scene.answer(error);
    return failure;
  }

  it('doubles from a second up to thirty, and ends with a success', async () => {
    const scene = new Scene();
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      await fail(scene);
      const before = scene.asked;
      scene.time += seconds - 0.01;
      expect(await failureOf(scene.token.get())).toMatchObject({
        code: 'temporarily_unavailable',
        retryAfterSeconds: 1,
        headers: { 'Retry-After': '1' },
      });
      expect(scene.asked).toBe(before);
      scene.time += 0.01;
    }
    await scene.hold(0);
    await fail(scene);
    scene.time += 1;
    const before = scene.asked;
    await scene.hold();
    expect(scene.asked).toBe(before + 1);
  });

  it.each([
    [0, 0],
    [7, 7],
    [3600, 3600],
    [86_400, 3600],
  ])('is what the server asks for: %i s, %i', async (said, seconds) => {
    const scene = new Scene();
    await fail(scene, outage(said));
    if (seconds > 0) {
      scene.time += seconds - 1;
      expect(await failureOf(scene.token.get())).toMatchObject({ retryAfterSeconds: 1 });
      scene.time += 1;
    }
    expect(scene.asked).toBe(1);
    await scene.hold();
    expect(scene.asked).toBe(2);
  });

  it('lets the old token go on without asking', async () => {
    const scene = new Scene();
    await scene.hold(600);
    scene.time += 595;
    const urgent = scene.token.get();
    await scene.answer(outage(4));
    expect(await urgent).toBe('token-1');
    scene.time += 3;
    expect([await scene.token.get(), scene.asked]).toEqual(['token-1', 2]);
  });

  it('keeps the code of a refusal, without Retry-After', async () => {
    const scene = new Scene();
    await fail(scene, new UpbondAuthException('invalid_scope', { detail: 'said "x"' }));
    expect(await failureOf(scene.token.get())).toMatchObject({
      code: 'invalid_scope',
      detail: 'not asked again for 1 s: said "x"',
      headers: {},
    });
    expect(scene.asked).toBe(1);
  });

  it('hands on what is no exception of ours', async () => {
    const scene = new Scene();
    const bug = new Error('a bug');
    expect(await fail(scene, bug)).toBe(bug);
    expect(await failureOf(scene.token.get())).toBe(bug);
  });
});

describe('whatever happens', () => {
  it('never hands out an expired token, never asks twice at once, and nobody waits for ever', async () => {
    const step = fc.oneof(
      fc.record({ pass: fc.nat(400) }),
      fc.constant('get' as const),
      fc.record({ answer: fc.option(fc.nat(700), { nil: undefined }) }),
      fc.record({ fail: fc.option(fc.nat(100), { nil: undefined }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const scene = new Scene();
        const open: Promise<void>[] = [];
        const get = async (): Promise<void> => {
          const { time, answered } = scene;
          const outcome = await failureOf(scene.token.get());
          if (typeof outcome !== 'string') {
            return expect(outcome).toBeInstanceOf(UpbondAuthException);
          }
          const given = scene.given[outcome];
          // What came only now is the best there is, however short its life
          const isNew = given !== undefined && given.answer > answered;
          expect(isNew || (given?.end ?? 0) > time).toBe(true);
        };
        for (const one of steps) {
          if (one === 'get') open.push(get());
          else if ('pass' in one) scene.time += one.pass;
          else if ('fail' in one) await scene.answer(outage(one.fail));
          else await scene.answer(one.answer === undefined ? {} : { expiresIn: one.answer });
          expect(scene.asked - scene.answered).toBeLessThanOrEqual(1);
        }
        await scene.answer();
        await Promise.all(open);
      }),
      { numRuns: 500 },
    );
  });
});

describe('ApplicationTokens', () => {
  function tokens() {
    const asked: string[] = [];
    const cache = new ApplicationTokens(({ audience, scope }) => ({
      now: () => 0,
      onUnrenewed: () => {},
      ask: async () => {
        asked.push(`${audience} ${scope.join('+')}`);
        return { accessToken: `secret-of-${audience}`, expiresIn: 60 };
      },
    }));
    return { asked, cache };
  }

  it('tells audiences and scopes apart, whatever their order', async () => {
    const { asked, cache } = tokens();
    for (const scope of ['b a', ['a', 'b'], ['a b'], ' b  a a ', undefined, '', []]) {
      await cache.of('one', scope).get();
    }
    await cache.of('two').get();
    await cache.of('one', 'a').get();
    expect(asked).toEqual(['one a+b', 'one ', 'two ', 'one a']);
  });

  it('forgets what was not asked for the longest', async () => {
    const { asked, cache } = tokens();
    for (let number = 0; number < 500; number += 1) await cache.of(`api-${number}`).get();
    await cache.of('api-0').get();
    await cache.of('api-500').get();
    expect(asked).toHaveLength(501);
    await cache.of('api-0').get();
    expect(asked).toHaveLength(501);
    await cache.of('api-1').get();
    expect(asked).toHaveLength(502);
  });

  it('cannot be printed', async () => {
    const { cache } = tokens();
    const token = cache.of('one');
    await token.get();
    for (const value of [cache, token, { cache, token }]) {
      const text = inspect(value, { depth: 9, showHidden: true }) + JSON.stringify(value);
      expect(text).not.toContain('secret-of');
    }
  });
});
