import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson, tryReadJson } from './json.js';

function answer(body: string | Uint8Array | null, type = 'application/json'): Response {
  return new Response(body, { headers: type === '' ? {} : { 'content-type': type } });
}

const read = (response: Response) => readJson(response, 'the thing', 'token_response_invalid');

describe('readJson', () => {
  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'APPLICATION/JSON',
    'application/jwk-set+json',
    ' application/json ',
  ])('reads %j', async (type) => {
    expect(await read(answer('{"a":1}', type))).toEqual({ a: 1 });
  });

  it.each([
    '',
    'text/html',
    'text/json',
    'application/jwt',
    'application/jsonp',
    'application/x-json',
    'application/json, text/html',
    'text/html; x=application/json',
  ])('refuses %j', async (type) => {
    await expect(read(answer(Buffer.from('{"a":1}'), type))).rejects.toMatchObject({
      code: 'token_response_invalid',
      detail: expect.stringContaining('content type'),
    });
  });

  it.each([
    ['null', 'null'],
    ['an array', '[]'],
    ['a string', '"x"'],
    ['a number', '1'],
    ['nothing', ''],
    ['html', '<html></html>'],
    ['half of it', '{"a":'],
    ['something after it', '{} {}'],
    ['a comment', '{/**/}'],
    ['a depth that overflows', '{"a":' + '['.repeat(500_000)],
    ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ])('refuses %s', async (_name, body) => {
    await expect(read(answer(body))).rejects.toMatchObject({
      code: 'token_response_invalid',
      detail: 'the thing is not a JSON object',
      cause: undefined,
    });
  });

  // RFC 8259 §8.1: a parser may ignore it
  it('ignores a byte order mark', async () => {
    expect(await read(answer('\ufeff{"a":1}'))).toEqual({ a: 1 });
  });

  it('takes the last of duplicate members, as JSON.parse does', async () => {
    expect(await read(answer('{"a":1,"a":2}'))).toEqual({ a: 2 });
  });

  it.each([
    '{"__proto__":{"x":1},"a":{"__proto__":{"x":1}}}',
    '{"\\u005f_proto__":{"x":1},"a":{}}',
    '{"__pr\\u006fto__":{"x":1},"a":{}}',
  ])('drops %s, so that no copy of it changes a prototype', async (body) => {
    const value = await read(answer(body));
    expect(Object.keys(value)).toEqual(['a']);
    expect(Object.keys(value['a'] as object)).toEqual([]);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  it('either reads an object or rejects with its code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
        const value = await read(answer(text)).catch((error: { code: string }) => error.code);
        expect(value === 'token_response_invalid' || typeof value === 'object').toBe(true);
      }),
    );
  });
});

describe('tryReadJson', () => {
  it('reads under any content type, and gives undefined for the rest', async () => {
    expect(await tryReadJson(answer('{"error":"x"}', 'text/html'))).toEqual({ error: 'x' });
    expect(await tryReadJson(answer('<html>'))).toBeUndefined();
    expect(await tryReadJson(answer(null))).toBeUndefined();
  });
});
