import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROTOCOL_PARAMETERS } from '../options/protocol-parameters.js';
import {
  maxAgeOf,
  parametersFromApplication,
  parametersFromBrowser,
} from './authorization-parameters.js';

const ALLOWED = [
  'prompt',
  'login_hint',
  'ui_locales',
  'screen_hint',
  'connection',
  'max_age',
  'acr_values',
];
const fromBrowser = (query: string) => parametersFromBrowser(new URLSearchParams(query));

/** Any UTF-16 text, lone surrogates included. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

describe('parametersFromBrowser', () => {
  it('takes every parameter of the list', () => {
    const query = ALLOWED.map((name) => `${name}=1`).join('&');
    expect(fromBrowser(query)).toEqual(Object.fromEntries(ALLOWED.map((name) => [name, '1'])));
  });

  it.each<[string, string, Record<string, string>]>([
    ['nothing', '', {}],
    ['text as it was typed', 'login_hint=a%2Bb%40c+d%26e', { login_hint: 'a+b@c d&e' }],
    ['other languages', 'login_hint=%E8%8A%B1%E5%AD%90', { login_hint: '花子' }],
    ['no empty values', 'prompt=&login_hint=x', { login_hint: 'x' }],
    ['no arrays', 'prompt[]=none&prompt[0]=none', {}],
    ['no objects', 'prompt[x]=none&login_hint.y=z', {}],
    ['no prototype', '__proto__=x&__proto__[prompt]=none&constructor[prototype][prompt]=none', {}],
    ['no other spelling', 'PROMPT=none&Prompt=none&prompt%20=none&%20prompt=none', {}],
    [
      'what is as long as allowed',
      `login_hint=${'a'.repeat(512)}`,
      { login_hint: 'a'.repeat(512) },
    ],
    ['max_age of zero', 'max_age=0', { max_age: '0' }],
  ])('takes %s', (_, query, expected) => {
    expect(fromBrowser(query)).toEqual(expected);
  });

  it.each([...PROTOCOL_PARAMETERS, 'scope', 'audience', 'claims', 'resource', 'returnTo'])(
    'ignores %s',
    (name) => {
      expect(fromBrowser(`${name}=smuggled&prompt=login`)).toEqual({ prompt: 'login' });
    },
  );

  it.each([
    ['a repeated parameter', 'prompt=login&prompt=login'],
    ['a parameter that is too long', `login_hint=${'a'.repeat(513)}`],
    ['a line break', 'login_hint=a%0d%0ab'],
    ['a null byte', 'login_hint=a%00'],
    ['a C1 control character', 'login_hint=a%C2%85'],
    ['max_age that is no number', 'max_age=soon'],
    ['a negative max_age', 'max_age=-1'],
    ['max_age with a fraction', 'max_age=1.5'],
    ['max_age in another notation', 'max_age=1e3'],
    ['max_age with spaces', 'max_age=+1'],
    ['a max_age beyond all time', 'max_age=9999999999'],
  ])('refuses %s', (_, query) => {
    expect(() => fromBrowser(query)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });

  it('takes only allowed names and short plain text from any query, or refuses it', () => {
    const name = fc.oneof(fc.constantFrom(...ALLOWED, ...PROTOCOL_PARAMETERS), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, anyText)), (pairs) => {
        let picked: Readonly<Record<string, string>> = {};
        try {
          picked = parametersFromBrowser(new URLSearchParams(pairs));
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_request' });
        }
        for (const [key, value] of Object.entries(picked)) {
          expect(ALLOWED).toContain(key);
          expect(value).toMatch(/^[^\p{Cc}\p{Cs}]{1,512}$/u);
        }
      }),
    );
  });
});

describe('parametersFromApplication', () => {
  it('takes what does not belong to the protocol', () => {
    const parameters = {
      audience: 'https://api.example',
      scope: 'openid wallet',
      organization: 'o',
    };
    expect(parametersFromApplication(parameters)).toEqual(parameters);
  });

  it('leaves out what is undefined', () => {
    expect(parametersFromApplication({ prompt: undefined, audience: 'a' })).toEqual({
      audience: 'a',
    });
  });

  it.each([...PROTOCOL_PARAMETERS])('refuses %s as a mistake of the application', (name) => {
    expect(() => parametersFromApplication({ [name]: 'x' })).toThrow(TypeError);
  });

  it.each([1, true, null, ['a'], {}])('refuses a value that is %j', (value) => {
    expect(() => parametersFromApplication({ prompt: value as string })).toThrow(
      /must be a string/,
    );
  });

  it('refuses a max_age that is no number', () => {
    expect(() => parametersFromApplication({ max_age: 'soon' })).toThrow(/number of seconds/);
  });
});

describe('maxAgeOf', () => {
  it.each([
    [{}, undefined],
    [{ max_age: '0' }, 0],
    [{ max_age: '3600' }, 3600],
  ])('of %j is %s', (parameters, expected) => {
    expect(maxAgeOf(parameters)).toBe(expected);
  });
});
