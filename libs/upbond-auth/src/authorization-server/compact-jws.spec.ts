import { inspect } from 'node:util';
import { errors } from 'jose';
import { describe, expect, it } from 'vitest';
import { readClaims, readJws } from './compact-jws.js';

const ALGORITHMS = ['RS256', 'ES256'];

function part(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString(
    'base64url',
  );
}

function caught(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

const token = (header: unknown) => `${part(header)}.e30.AAAA`;

describe('readJws', () => {
  it('takes a token apart', () => {
    const header = { alg: 'ES256', kid: 'one' };
    expect(readJws(token(header), ALGORITHMS)).toEqual({
      header,
      alg: 'ES256',
      signed: Buffer.from(`${part(header)}.e30`),
      payload: Buffer.from('{}'),
      signature: Buffer.alloc(3),
    });
  });

  const { JWSInvalid, JOSENotSupported, JOSEAlgNotAllowed } = errors;
  it.each<[string, string, new (...args: never[]) => Error]>([
    ['nothing', '', JWSInvalid],
    ['one part', part({ alg: 'ES256' }), JWSInvalid],
    ['two parts', `${part({ alg: 'ES256' })}.e30`, JWSInvalid],
    ['four parts', `${token({ alg: 'ES256' })}.`, JWSInvalid],
    ['dots', '..', JWSInvalid],
    ['a header that is no JSON', token('{'), JWSInvalid],
    ['a header that is a list', token([]), JWSInvalid],
    ['a header that is null', token(null), JWSInvalid],
    ['a header that is a text', token('"alg"'), JWSInvalid],
    ['a header with padding', `${part({ alg: 'ES256' })}=.e30.AAAA`, JWSInvalid],
    ['a header that is no UTF-8', `${Buffer.of(123, 255).toString('base64url')}.e30.`, JWSInvalid],
    ['no alg', token({}), JWSInvalid],
    ['an empty alg', token({ alg: '' }), JWSInvalid],
    ['alg as a list', token({ alg: ['ES256'] }), JWSInvalid],
    ['alg none', token({ alg: 'none' }), JOSEAlgNotAllowed],
    ['alg in another case', token({ alg: 'es256' }), JOSEAlgNotAllowed],
    ['an alg that is not allowed', token({ alg: 'PS256' }), JOSEAlgNotAllowed],
    ['crit', token({ alg: 'ES256', crit: ['exp'], exp: 1 }), JOSENotSupported],
    ['an empty crit', token({ alg: 'ES256', crit: [] }), JOSENotSupported],
    ['crit as null', token({ alg: 'ES256', crit: null }), JOSENotSupported],
    ['b64', token({ alg: 'ES256', b64: false, crit: ['b64'] }), JOSENotSupported],
    ['b64 without crit', token({ alg: 'ES256', b64: true }), JOSENotSupported],
  ])('refuses %s', (_, text, kind) => {
    expect(() => readJws(text, ALGORITHMS)).toThrow(kind);
  });

  it('has no payload or signature where it is not spelled as base64url', () => {
    const header = part({ alg: 'ES256' });
    for (const bad of ['e30=', 'e3 0', 'e31', 'e', '*', 'é']) {
      expect(readJws(`${header}.${bad}.AAAA`, ALGORITHMS).payload).toBeUndefined();
      expect(readJws(`${header}.e30.${bad}`, ALGORITHMS).signature).toBeUndefined();
    }
  });

  it('shows nothing of a header that it cannot read', () => {
    const inspected = inspect(caught(() => readJws(token('{"sub": "did:key:z1'), ALGORITHMS)));
    expect(inspected).toContain('its header is no JSON object');
    expect(inspected).not.toContain('did:key:z1');
  });
});

describe('readClaims', () => {
  it('reads an object', () => {
    expect(readClaims(Buffer.from('{"sub":"a"}'))).toEqual({ sub: 'a' });
  });

  it.each(['', '[]', 'null', '1', '"a"', '{', '{}{}', '\u00ff'])('refuses %j', (text) => {
    const bytes = Buffer.from(text, 'latin1');
    expect(() => readClaims(bytes)).toThrow(errors.JWTInvalid);
  });
});
