import { describe, expect, it } from 'vitest';
import { Handshake } from './handshake.js';

const request = {
  headers: { authorization: 'Bearer one', cookie: '__Host-upbond-s=a; other=b' },
  rawHeaders: ['Authorization', 'Bearer one', 'AUTHORIZATION', 'Bearer two', 'x', 'Authorization'],
};

describe('Handshake', () => {
  it('has every Authorization header and the own cookies', () => {
    const handshake = new Handshake(request, '__Host-upbond-');
    expect(handshake.authorization).toEqual(['Bearer one', 'Bearer two']);
    expect([...handshake.cookies.keys()]).toEqual(['__Host-upbond-s']);
    expect(handshake.query.size).toBe(0);
    expect(handshake.isWritable).toBe(false);
  });

  it.each<[token: unknown, authorization: string[]]>([
    [undefined, ['Bearer one', 'Bearer two']],
    [null, ['Bearer one', 'Bearer two']],
    ['three', ['Bearer three']],
    ['', ['Bearer ']],
    [17, ['Bearer ']],
    [{ toString: 'x' }, ['Bearer ']],
  ])('a token %j decides before them', (token, authorization) => {
    expect(new Handshake(request, '', token).authorization).toEqual(authorization);
  });
});
