import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bearerCredential, presentedCredential, wellFormed } from './bearer-credential.js';

function read(...headers: string[]): string {
  const credential = bearerCredential(headers);
  if (!credential) return 'none';
  return 'token' in credential ? `token ${credential.token}` : 'malformed';
}

describe('bearerCredential', () => {
  it.each<[string, string[], string]>([
    ['no header', [], 'none'],
    ['an empty header', [''], 'none'],
    ['another scheme', ['Basic dTpw'], 'none'],
    ['two of another scheme', ['Basic dTpw', 'Basic dTpw'], 'none'],
    ['a scheme that begins alike', ['BearerX abc'], 'none'],
    ['a scheme that begins alike', ['Bearer-2 abc'], 'none'],
    ['the scheme elsewhere', ['Basic Bearer'], 'none'],
    ['a token', ['Bearer abc.def-_~+/=='], 'token abc.def-_~+/=='],
    ['any letter case', ['bEARER abc'], 'token abc'],
    ['several spaces', ['Bearer   abc'], 'token abc'],
    ['16 kB', [`Bearer ${'a'.repeat(16_377)}`], `token ${'a'.repeat(16_377)}`],
    ['more than 16 kB', [`Bearer ${'a'.repeat(16_378)}`], 'malformed'],
    ['the scheme alone', ['Bearer'], 'malformed'],
    ['the scheme and a space', ['Bearer '], 'malformed'],
    ['a tab', ['Bearer\tabc'], 'malformed'],
    ['two tokens', ['Bearer abc def'], 'malformed'],
    ['two tokens with a comma', ['Bearer abc, Bearer def'], 'malformed'],
    ['a parameter', ['Bearer token="abc"'], 'malformed'],
    ['a padding inside', ['Bearer a=b'], 'malformed'],
    ['quotation marks', ['Bearer "abc"'], 'malformed'],
    ['a line break', ['Bearer abc\r\nx: y'], 'malformed'],
    ['a line break at the end', ['Bearer abc\n'], 'malformed'],
    ['a letter outside of ASCII', ['Bearer ab\u00e9'], 'malformed'],
    ['two headers', ['Bearer abc', 'Bearer def'], 'malformed'],
    ['two equal headers', ['Bearer abc', 'Bearer abc'], 'malformed'],
    ['another scheme first', ['Basic dTpw', 'Bearer abc'], 'malformed'],
  ])('%s: %j', (_, headers, expected) => {
    expect(read(...headers)).toBe(expected);
  });

  it('can leave the look at each character for later', () => {
    const presented = presentedCredential(['Bearer abc def']);
    expect(presented).toEqual({ token: 'abc def' });
    expect(presented && wellFormed(presented)).toHaveProperty('problem');
    expect(wellFormed({ token: 'abc' })).toEqual({ token: 'abc' });
  });

  it('never throws, and a token is only ever one b64token', () => {
    const piece = fc.oneof(fc.constantFrom('Bearer', ' ', ',', '=', 'abc'), fc.string());
    const header = fc.array(piece).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(header), (headers) => {
        const credential = bearerCredential(headers);
        if (credential && 'token' in credential) expect(credential.token).toMatch(/^[\w.~+/-]+=*$/);
      }),
    );
  });
});
