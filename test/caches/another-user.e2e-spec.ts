import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { isCookie } from '../support/library-cookies.js';
import { signingKey } from '../support/id-tokens.js';
import {
  bearer,
  CacheScene,
  KEPT,
  meetingOf,
  pipelined,
  type Credential,
  type Said,
} from './fixture.js';

const PEOPLE = Array.from({ length: 20 }, (_, index) => `did:key:z${index}`);
const REQUESTS = 200;
/** A cache that takes a part of a credential for its key takes its end, or its beginning. */
const ENDS = [16, 32, 64, 86, 200];

/** A credential and whose it is. */
interface Owned {
  readonly sub: string;
  readonly credential: Credential;
}

/** The token of a credential. */
function tokenOf({ authorization = '' }: Credential): string {
  return authorization.slice('Bearer '.length);
}

/** Session cookies, by name. */
function cookiesIn({ cookie = '' }: Credential): [name: string, value: string][] {
  const pairs = cookie.split('; ').map((pair) => pair.split('=', 2) as [string, string]);
  return pairs.filter(([name]) => isCookie('session', name));
}

function cookieHeader(cookies: readonly (readonly [name: string, value: string])[]): Credential {
  return { cookie: cookies.map((pair) => pair.join('=')).join('; ') };
}

/** One text with the end, or the beginning, of another one. */
function mixtures(one: string, other: string): string[] {
  return ENDS.filter((length) => length < Math.min(one.length, other.length)).flatMap((length) => [
    other.slice(0, -length) + one.slice(-length),
    one.slice(0, length) + other.slice(length),
  ]);
}

/** What is left of a text, and what is added to it. */
function misshapen(text: string): string[] {
  return [text.slice(0, -1), text.slice(1), text.slice(-32), `A${text}`, `${text}A`, text + text];
}

describe.each(PLATFORMS)('what is remembered is not served to another user, on %s', (platform) => {
  /** Asks with each of these, before and after their owners have asked: whatever is alike is nobody. */
  async function expectNobody(scene: CacheScene, owners: Owned[], alike: Credential[]) {
    const genuine = new Set(owners.map(({ credential }) => JSON.stringify(credential)));
    const forged = alike.filter((one) => !genuine.has(JSON.stringify(one)));
    expect(forged.length).toBeGreaterThan(5);
    for (const _round of ['unknown', 'remembered']) {
      const answers = await Promise.all(forged.map((one) => scene.ask(one)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
      expect(answers.filter(({ sub }) => sub !== undefined)).toEqual([]);
      for (const { sub, credential } of owners) {
        expect(await scene.isRemembered(credential)).toBe(true);
        expect(await scene.ask(credential)).toEqual({ status: 200, sub });
      }
    }
  }

  describe.each(KEPT)('with sessions in %s', (where, kept) => {
    /** Every person with a session, a JWT and an opaque token. */
    async function crowd(scene: CacheScene): Promise<Owned[]> {
      const owned: Owned[] = [];
      for (const sub of PEOPLE) {
        const all = [await scene.signedIn(sub), await scene.jwt({ sub }), scene.opaque({ sub })];
        owned.push(...all.map((credential) => ({ sub, credential })));
      }
      return owned;
    }

    /** No opaque token is answered for before all of them have been asked about. */
    function answerTogether({ app: { server } }: CacheScene): void {
      const meeting = meetingOf(PEOPLE.length);
      server.script('introspection', async (_, healthy) => {
        await meeting();
        return healthy();
      });
    }

    /** Two hundred requests of all of them, in an order in which neighbours are different people. */
    function requestsOf(owned: readonly Owned[]): Owned[] {
      // 7 and the number of credentials have no divisor in common
      return Array.from({ length: REQUESTS }, (_, index) => owned[(index * 7) % owned.length]!);
    }

    function expectOwn(scene: CacheScene, asked: readonly Owned[], said: readonly Said[]): void {
      expect(said.map(({ status, sub }) => [status, sub])).toEqual(
        asked.map(({ sub }) => [200, sub]),
      );
      for (const [index, { accessToken = '' }] of said.entries()) {
        const { sub, credential } = asked[index]!;
        const presented = tokenOf(credential);
        // A handler gets the token of the session, or the one that was presented
        if (presented) expect(accessToken).toBe(presented);
        else expect(scene.script.issued.get(accessToken)?.sub).toBe(sub);
      }
    }

    it('200 parallel requests of 20 people get their own users and access tokens', async () => {
      const scene = await CacheScene.start(platform, kept());
      const asked = requestsOf(await crowd(scene));
      expect(new Set(asked.map(({ credential }) => JSON.stringify(credential))).size).toBe(60);
      answerTogether(scene);
      for (const _round of ['unknown', 'remembered']) {
        scene.meeting = meetingOf(REQUESTS);
        const said = asked.map(({ credential }) => scene.ask(credential, '/mine'));
        expectOwn(scene, asked, await Promise.all(said));
      }
    });

    it('so do those that come over one connection', async () => {
      const scene = await CacheScene.start(platform, kept());
      const asked = requestsOf(await crowd(scene));
      const credentials = asked.map(({ credential }) => credential);
      answerTogether(scene);
      for (const _round of ['unknown', 'remembered']) {
        scene.meeting = meetingOf(REQUESTS);
        expectOwn(scene, asked, await pipelined(scene.url, '/mine', credentials));
      }
      // Who was recognised before on the same connection does not count
      scene.meeting = undefined;
      const withNobody = credentials.flatMap((one) => [one, {}]);
      const said = await pipelined(scene.url, '/open', withNobody);
      expect(said).toEqual(
        asked.flatMap(({ sub }) => [
          { sub, status: 200 },
          { sub: null, status: 200 },
        ]),
      );
    });

    it('so do those whose access tokens are refreshed at the same time', async () => {
      const scene = await CacheScene.start(platform, kept());
      const owned: Owned[] = [];
      for (const sub of PEOPLE) owned.push({ sub, credential: await scene.signedIn(sub) });
      const before = new Set(scene.script.issued.keys());
      scene.clock.forward(7000);
      const asked = requestsOf(owned);
      scene.meeting = meetingOf(REQUESTS);
      const said = asked.map(({ credential }) => scene.ask(credential, '/mine'));
      const answers = await Promise.all(said);
      expectOwn(scene, asked, answers);
      expect(answers.filter(({ accessToken = '' }) => before.has(accessToken))).toEqual([]);
      expect(scene.script.refreshes).toHaveLength(PEOPLE.length);
    });

    it('session cookies that are alike', async () => {
      // Two chunks in a sealed session
      const onLogin = ({ sub }: { sub: string }) => ({
        sub,
        filler: randomBytes(1800).toString('hex'),
      });
      const scene = await CacheScene.start(platform, { ...kept(), onLogin });
      const [ann, bob] = [await scene.signedIn('ann'), await scene.signedIn('bob')];
      const [anns, bobs] = [cookiesIn(ann), cookiesIn(bob)];
      const owners = [
        { sub: 'ann', credential: ann },
        { sub: 'bob', credential: bob },
      ];
      const alike = [[anns, bobs] as const, [bobs, anns] as const].flatMap(([own, others]) => [
        // The values of one user under the names, and so in the generation, of another
        cookieHeader(own.map(([name], index) => [name, others[index]![1]])),
        // Single chunks of another one, and single chunks alone
        ...own.flatMap((_, at) => {
          const mixed = own.map(
            ([name, value], index) => [name, index === at ? others[index]![1] : value] as const,
          );
          return own.length > 1 ? [cookieHeader(mixed), cookieHeader([own[at]!])] : [];
        }),
        // Any chunk with the end or the beginning of another one, too short or too long
        ...own.flatMap(([, value], at) =>
          [...mixtures(value, others[at]![1]), ...misshapen(value)].map((text) =>
            cookieHeader(own.map(([name, kept], index) => [name, index === at ? text : kept])),
          ),
        ),
        cookieHeader(own.toReversed().map(([, value], index) => [own[index]![0], value])),
      ]);
      await expectNobody(scene, owners, alike);
    });

    it('two sessions in one request are those of the later login, in whatever order', async () => {
      const scene = await CacheScene.start(platform, kept());
      const begun = Math.floor(Date.now() / 1000);
      scene.clock.stopAt(begun);
      const ann = await scene.signedIn('ann');
      scene.clock.stopAt(begun + 20);
      const bob = await scene.signedIn('bob');
      const [anns, bobs] = [cookiesIn(ann), cookiesIn(bob)];
      for (const both of [
        [...anns, ...bobs],
        [...bobs, ...anns],
      ]) {
        expect(await scene.ask(cookieHeader(both), '/open')).toEqual({ status: 200, sub: 'bob' });
      }
      // A store forgets a session that was replaced
      const { sub } = await scene.ask(ann, '/open');
      expect(sub).toBe(where === 'a store' ? null : 'ann');
    });
  });

  it.each(['RS256', 'ES256', 'EdDSA'] as const)(
    'JWTs that are alike, signed with %s',
    async (alg) => {
      const scene = await CacheScene.start(platform);
      scene.app.server.key = await signingKey(alg);
      const claims = { exp: Math.floor(Date.now() / 1000) + 600, iat: 1, jti: 'the same' };
      const [ann, bob] = [
        await scene.jwt({ ...claims, sub: 'ann' }),
        await scene.jwt({ ...claims, sub: 'bob' }),
      ];
      const owners = [
        { sub: 'ann', credential: ann },
        { sub: 'bob', credential: bob },
      ];
      const alike = [
        [tokenOf(ann), tokenOf(bob)] as const,
        [tokenOf(bob), tokenOf(ann)] as const,
      ].flatMap(([own, other]) => {
        const [header, payload, signature] = own.split('.') as [string, string, string];
        const [, otherPayload, otherSignature] = other.split('.') as [string, string, string];
        const forged = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
        const forgedPayload = Buffer.from(JSON.stringify({ ...forged, sub: 'eve' })).toString(
          'base64url',
        );
        return [
          `${header}.${payload}.${otherSignature}`,
          `${header}.${otherPayload}.${signature}`,
          `${header}.${forgedPayload}.${signature}`,
          `${header}.${payload}.`,
          `${header}.${payload}.${'A'.repeat(signature.length)}`,
          ...mixtures(own, other),
          ...misshapen(own),
        ];
      });
      await expectNobody(scene, owners, alike.map(bearer));
    },
  );

  it('opaque tokens that are alike', async () => {
    const scene = await CacheScene.start(platform);
    const part = () => randomBytes(48).toString('base64url');
    const [beginning, middle, end] = [part(), part(), part()];
    // All of them are good, and each is somebody else's
    const owners = [
      `${beginning}1${middle}1${end}`,
      `${beginning}2${middle}1${end}`,
      `${beginning}1${middle}2${end}`,
      `2${beginning}1${middle}1${end}`,
      `${beginning}1${middle}1${end}2`,
      `${end}`,
      `${beginning}`,
    ].map((token, index) => ({
      sub: `did:key:${index}`,
      credential: scene.opaque({ sub: `did:key:${index}` }, token),
    }));
    const [first, second] = owners.map(({ credential }) => tokenOf(credential)) as [string, string];
    const alike = [...misshapen(first), ...misshapen(second), `${beginning}3${middle}1${end}`];
    await expectNobody(scene, owners, alike.map(bearer));
  });
});
