import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ownCookies } from './cookie-header.js';

const PREFIX = 'upbond-AbC123-';

function read(header: string | undefined, prefix = PREFIX): Record<string, readonly string[]> {
  return Object.fromEntries(ownCookies(header, prefix));
}

describe('ownCookies', () => {
  it.each<[string, string | undefined, Record<string, string[]>]>([
    ['nothing without a header', undefined, {}],
    ['nothing in an empty header', '', {}],
    ['nothing of others', 'a=1; upbond-other-s-x=2; upbond-AbC12=3', {}],
    ['one cookie among others', `a=1; ${PREFIX}s-x=sealed; b=2`, { [`${PREFIX}s-x`]: ['sealed'] }],
    ['a cookie without spaces around it', `a=1;${PREFIX}t-x=v;b=2`, { [`${PREFIX}t-x`]: ['v'] }],
    [
      'spaces and tabs around name and value',
      ` \t${PREFIX}t-x \t= v\t `,
      { [`${PREFIX}t-x`]: ['v'] },
    ],
    ['an empty value', `${PREFIX}t-x=`, { [`${PREFIX}t-x`]: [''] }],
    ['an equals sign in the value', `${PREFIX}t-x=a=b==`, { [`${PREFIX}t-x`]: ['a=b=='] }],
    ['a value in double quotes', `${PREFIX}t-x="v"`, { [`${PREFIX}t-x`]: ['v'] }],
    ['a lone double quote', `${PREFIX}t-x="`, { [`${PREFIX}t-x`]: ['"'] }],
    ['both of two', `${PREFIX}t-x=1; ${PREFIX}t-x=2`, { [`${PREFIX}t-x`]: ['1', '2'] }],
    ['a percent sign as it is', `${PREFIX}t-x=%41`, { [`${PREFIX}t-x`]: ['%41'] }],
    ['nothing without an equals sign', `${PREFIX}t-x; ${PREFIX}t-y`, {}],
    ['nothing without a name', '=v; ;;=', {}],
  ])('reads %s', (_, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it.each(['a b', 'a"b', 'a@b', 'a(b', 'a\u00fcb', 'a,b', 'a/b', 'a\u00a0'])(
    'ignores a name that is none of ours and could not be deleted: %s',
    (rest) => {
      expect(read(`${PREFIX}${rest}=v`)).toEqual({});
    },
  );

  it('does not take a name for one of __Host- that browsers did not hold to its rules', () => {
    // RFC 6265bis §4.1.3: the browser saw a name that starts with another character
    const header = '\u00a0__Host-upbond-AbC123-s-x=tossed';
    expect(read(header, '__Host-upbond-AbC123-')).toEqual({});
    expect(read(header.slice(1), '__Host-upbond-AbC123-')).not.toEqual({});
  });

  it('never throws and finds only names with the prefix', () => {
    const piece = fc.oneof(fc.constantFrom(PREFIX, '=', ';', ' ', '"', 's-', '\t'), fc.string());
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        for (const [name, values] of ownCookies(pieces.join(''), PREFIX)) {
          expect(name).toMatch(/^upbond-AbC123-[\w.-]*$/);
          expect(values.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('finds again what a browser sends back', () => {
    const rest = fc.stringMatching(/^[a-zA-Z0-9_-]{1,30}$/);
    const cookies = fc.uniqueArray(fc.tuple(rest, rest), { selector: ([name]) => name });
    fc.assert(
      fc.property(cookies, (pairs) => {
        const header = pairs.map(([name, value]) => `${PREFIX}${name}=${value}`).join('; ');
        const expected = pairs.map(([name, value]) => [PREFIX + name, [value]]);
        expect(read(`x=1; ${header}`)).toEqual(Object.fromEntries(expected));
      }),
    );
  });
});
