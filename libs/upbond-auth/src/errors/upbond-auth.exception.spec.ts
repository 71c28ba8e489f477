import { HttpException } from '@nestjs/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoted, UpbondAuthException } from './upbond-auth.exception.js';

/** Any UTF-16 text, lone surrogates included. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

describe('UpbondAuthException', () => {
  const cause = new Error('the cause');
  const exception = new UpbondAuthException('login_required', {
    detail: 'for the log',
    cause,
    headers: { 'WWW-Authenticate': 'Bearer' },
  });

  it('is an HttpException with a stable code', () => {
    expect(exception).toBeInstanceOf(HttpException);
    expect(exception).toBeInstanceOf(Error);
    expect(exception.name).toBe('UpbondAuthException');
    expect(exception.getStatus()).toBe(401);
    expect(exception).toMatchObject({ code: 'login_required', cause, detail: 'for the log' });
    expect(exception.headers).toEqual({ 'WWW-Authenticate': 'Bearer' });
  });

  it('answers with code and public sentence only', () => {
    expect(exception.getResponse()).toEqual({
      statusCode: 401,
      error: 'login_required',
      message: 'Please sign in to continue.',
    });
    expect(exception.message).toBe('Please sign in to continue.');
  });

  it('needs nothing but its code', () => {
    const bare = new UpbondAuthException('state_mismatch');
    expect(bare).toMatchObject({ code: 'state_mismatch', detail: undefined, headers: {} });
  });
});

describe('quoted', () => {
  it.each<[string, unknown, string]>([
    ['plain text', 'plain', '"plain"'],
    ['nothing', '', '""'],
    ['quotes and backslashes', 'a"b\\c', '"a\\"b\\\\c"'],
    ['line breaks', 'a\r\nb', '"a\\r\\nb"'],
    ['terminal sequences', '\u001b[31mred\u009b0m', '"\\u001b[31mred\\u009b0m"'],
    ['delete and C1 controls', '\u007f\u0085', '"\\u007f\\u0085"'],
    ['line separators', '\u2028\u2029', '"\\u2028\\u2029"'],
    ['lone surrogates', '\ud800', '"\\ud800"'],
    ['a long text', 'a'.repeat(500), `"${'a'.repeat(200)}"`],
    ['a number by its type', 42, '"number"'],
    ['nothing at all by its type', undefined, '"undefined"'],
    ['an object by its type', { toString: () => 'x' }, '"object"'],
  ])('of %s', (_, value, expected) => {
    expect(quoted(value)).toBe(expected);
  });

  it('is always one line of bounded length without control characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(quoted(text)).toMatch(/^"[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{0,1200}"$/u);
      }),
    );
  });
});
