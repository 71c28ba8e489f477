import { createUpbondTesting, type TestingUser } from 'nestjs-upbond-auth/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PLATFORMS } from '../support/application.js';
import { ApplicationUnderTest, ordersModule } from '../testing/fixture.js';
import { pipelined, type Credential } from './fixture.js';

/** How many are remembered, and one more. */
const CROWD = 5001;
const AT_ONCE = 500;
const KNOWN = 20;

const KINDS: readonly (readonly [string, (user: TestingUser) => Promise<Credential>])[] = [
  ['tokens', (user) => user.bearer()],
  ['sessions', (user) => user.session()],
];

describe.each(PLATFORMS)('past the bound of what is remembered, on %s', (platform) => {
  it.each(KINDS)(
    '%s are those of their owners, until they expire',
    async (_, credentialOf) => {
      const upbond = await createUpbondTesting();
      /** What was read of whose credential, the last time. */
      const read = new Map<string, object>();
      const keep = <Read extends { sub: string }>(one: Read): Read => {
        read.set(one.sub, one);
        return one;
      };
      const loadUser = <Session extends { sub: string; user: object }>(session: Session) =>
        keep(session).user;
      const options = { loadTokenUser: keep, loadUser };
      const application = await ApplicationUnderTest.start(platform, upbond, ordersModule(options));
      onTestFinished(() => application.close());
      const url = await application.app.getUrl();
      const credentials = (subjects: readonly string[]) =>
        Promise.all(subjects.map((sub) => credentialOf(upbond.asUser({ sub }))));
      const subjectsOf = async (all: readonly Credential[]) => {
        const said = await pipelined(url, '/me', all);
        return said.map(({ status, sub }) => (status === 200 ? sub : status));
      };

      const names = Array.from({ length: KNOWN }, (_, index) => `known-${index}`);
      const known = await credentials(names);
      expect(await subjectsOf(known)).toEqual(names);
      const first = read.get('known-0');
      expect(await subjectsOf(known)).toEqual(names);
      expect(read.get('known-0')).toBe(first);

      const sample: [string, Credential][] = [];
      for (let begun = 0; begun < CROWD; begun += AT_ONCE) {
        const length = Math.min(AT_ONCE, CROWD - begun);
        const subjects = Array.from({ length }, (_, index) => `crowd-${begun + index}`);
        const all = await credentials(subjects);
        expect(await subjectsOf(all)).toEqual(subjects);
        sample.push([subjects[0]!, all[0]!], [subjects.at(-1)!, all.at(-1)!]);
      }

      // Forgotten by now, and read anew
      expect(await subjectsOf(known)).toEqual(names);
      expect(read.get('known-0')).not.toBe(first);
      const everybody = [...sample.map(([, credential]) => credential), ...known];
      const owners = [...sample.map(([sub]) => sub), ...names];
      for (const _round of ['forgotten', 'remembered']) {
        expect(await subjectsOf(everybody)).toEqual(owners);
      }
      upbond.clock.advance(8 * 24 * 3600);
      expect(new Set(await subjectsOf(everybody))).toEqual(new Set([401]));
    },
    60_000,
  );
});
