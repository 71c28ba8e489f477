import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReturnTo, returnToOr } from './return-to.js';

const OWN = 'https://app.example';

const ACCEPTED = [
  '/',
  '/profile',
  '/profile?tab=2&q=a%20b#part',
  '/a/b/../c',
  '/a//b',
  '/search?next=//evil.example',
  '/search?next=https://evil.example/',
  '/redirect?to=//evil.example',
  '/;@evil.example',
  '/:80',
  '/%09/evil.example',
  '/%5cevil.example',
  '/%2f%2fevil.example',
  '/auth/logout',
  '/auth/login',
  '/auth/callback?code=x',
  '/#//evil.example',
  '/?',
  "/it's(fine)!*",
  `/${'a'.repeat(1998)}`,
];

const REFUSED: unknown[] = [
  // Other authorities
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '/\\/evil.example',
  '//\\evil.example',
  '\\\\evil.example',
  '//evil%2eexample',
  '//evil。example',
  '／／evil.example',
  '//0x7f000001',
  '//[::1]',
  '//[::1',
  '//%',
  // What browsers strip
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\n/evil.example',
  '\t//evil.example',
  ' //evil.example',
  ' /profile',
  '/profile ',
  '\0//evil.example',
  '\u0001/profile',
  '/\u007f/evil.example',
  '/\u00a0/evil.example',
  '/\u2028/evil.example',
  '/\u2029/evil.example',
  '/\u3000/evil.example',
  '/\ufeff/evil.example',
  // Schemes
  'http:evil.example',
  'https:/evil.example',
  'http:///evil.example',
  'http:\\\\evil.example',
  'ht\ttp://evil.example',
  'http://evil.example',
  'https://app.example/profile',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'javascript://%0aalert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://evil.example/1',
  // User information, ports and look-alikes
  'http://127.0.0.1@evil.example',
  'http://127.0.0.1:3000@evil.example',
  'http://evil.example#@app.example',
  'http://evil.example?@app.example',
  'http://evil.example\\@app.example',
  'http://app.example.evil.example',
  'http://evilapp.example',
  'http://app.example:30000',
  'http://evil．example',
  'http://2130706433',
  // Dot segments
  './/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/./\\evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  '/%2e%2e//evil.example',
  '/a/%2E%2e//evil.example',
  // No paths at all
  '',
  'profile',
  '@evil.example',
  ':80',
  '?a=b',
  '#a',
  '%2f%2fevil.example',
  // Headers and sizes
  '/ok\r\nLocation: //evil.example',
  '/ok\u560a\u560dSet-Cookie: injected=1',
  '/caf\u00e9',
  '/\ud800',
  '/back\\slash',
  `/${'a'.repeat(1999)}`,
  `/${'a'.repeat(10_000)}`,
  // What query parsers make
  undefined,
  null,
  0,
  true,
  ['/profile'],
  { 0: '/', length: 1 },
  { toString: () => '/profile' },
  new String('/profile'),
];

/** Any UTF-16 text, lone surrogates included. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 3 })
  .map((units) => String.fromCharCode(...units));

describe('isReturnTo', () => {
  it.each(ACCEPTED)('accepts %j', (value) => {
    expect(isReturnTo(value)).toBe(true);
    expect(new URL(value, OWN).origin).toBe(OWN);
  });

  it.each(REFUSED.map((value) => [value]))('refuses %j', (value) => {
    expect(isReturnTo(value)).toBe(false);
  });

  it('is needed: most of what it refuses would lead away', () => {
    const leading = REFUSED.filter(
      (value) =>
        typeof value === 'string' && URL.canParse(value, OWN) && new URL(value, OWN).origin !== OWN,
    );
    expect(leading.length).toBeGreaterThanOrEqual(35);
  });

  const tricky = fc.array(
    fc.oneof(
      fc.constantFrom('/', '\\', '.', '..', '%2e', '%2f', '%5c', '\t', '\n', '\r', ':', '@', '?'),
      fc.constantFrom('#', 'http:', 'evil.example', ' ', '\0', '\u3002', '\uff0f', '[', ']', ';'),
      anyText,
    ),
    { maxLength: 12 },
  );

  it('refuses a random string or it stays on this site, once and after one more resolution', () => {
    let accepted = 0;
    fc.assert(
      fc.property(tricky, fc.constantFrom('', '/'), (pieces, start) => {
        const value = start + pieces.join('');
        if (!isReturnTo(value)) return;
        accepted++;
        for (const base of [OWN, `${OWN}/a/b?c#d`, 'http://localhost:3000/auth/callback']) {
          const first = new URL(value, base);
          expect(first.origin).toBe(new URL(base).origin);
          const again = new URL(first.pathname + first.search + first.hash, base);
          expect([again.origin, again.pathname]).toEqual([first.origin, first.pathname]);
        }
        expect(value).toMatch(/^[\x21-\x7e]+$/);
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  it('accepts every ordinary path', () => {
    const segment = fc.stringMatching(/^[\w~!$&'()*+,;=:@-][\w.%20-]{0,12}$/);
    const path = fc
      .tuple(fc.array(segment, { minLength: 1, maxLength: 5 }), fc.array(segment))
      .map(([segments, query]) => `/${segments.join('/')}?${query.join('&')}`);
    fc.assert(
      fc.property(path, (value) => {
        expect(isReturnTo(value)).toBe(true);
      }),
    );
  });
});

describe('returnToOr', () => {
  it.each([
    ['/profile', '/profile'],
    ['//evil.example', '/home'],
    [['/profile'], '/home'],
    [undefined, '/home'],
  ])('of %j is %s', (value, expected) => {
    expect(returnToOr('/home', value)).toBe(expected);
  });
});
