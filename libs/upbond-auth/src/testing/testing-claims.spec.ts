import { accessTokenClaims, idTokenClaims, timesOf } from './testing-claims.js';

const CLIENT = {
  issuer: 'https://login.test',
  clientId: 'shop',
  rolesClaim: ['roles'],
  permissionsClaim: ['permissions'],
};
const NOW = 1_700_000_000.25;
const TIMES = timesOf('good', NOW);

describe('accessTokenClaims', () => {
  it('are those of Login 3.0', () => {
    const claims = accessTokenClaims({ sub: 'ann', scopes: ['a', 'b'] }, CLIENT, 'urn:api', TIMES);
    expect(claims).toEqual({
      iss: 'https://login.test',
      sub: 'ann',
      aud: 'urn:api',
      azp: 'shop',
      jti: expect.stringMatching(/^[\w-]{36}$/),
      iat: 1_700_000_000,
      exp: 1_700_003_600,
      scope: 'a b',
    });
  });

  it('say nothing of what a user was not given', () => {
    const claims = accessTokenClaims({ sub: 'ann', scopes: [] }, CLIENT, 'urn:api', TIMES);
    expect(Object.keys(claims)).not.toEqual(expect.arrayContaining(['scope']));
    expect(claims).not.toHaveProperty('roles');
    expect(claims).not.toHaveProperty('permissions');
    expect(claims).not.toHaveProperty('auth_time');
  });

  it.each([
    [['roles'], ['permissions'], { roles: ['r'], permissions: ['p'] }],
    [['https://a.example/roles'], ['p'], { 'https://a.example/roles': ['r'], p: ['p'] }],
    [['x', 'roles'], ['x', 'permissions'], { x: { roles: ['r'], permissions: ['p'] } }],
    [['x', 'y', 'roles'], ['x', 'p'], { x: { y: { roles: ['r'] }, p: ['p'] } }],
  ])('have roles at %j and permissions at %j', (rolesClaim, permissionsClaim, expected) => {
    const client = { ...CLIENT, rolesClaim, permissionsClaim };
    const identity = { sub: 'ann', roles: ['r'], permissions: ['p'] };
    expect(accessTokenClaims(identity, client, 'urn:api', TIMES)).toMatchObject(expected);
  });

  it('are replaced by what the test says itself', () => {
    const claims = { iss: 'x', roles: ['own'], exp: 1, email: 'ann@example.com' };
    const identity = { sub: 'ann', roles: ['r'], claims };
    expect(accessTokenClaims(identity, CLIENT, 'urn:api', TIMES)).toMatchObject(claims);
  });
});

it('idTokenClaims are for the client and carry no scope', () => {
  const claims = idTokenClaims({ sub: 'ann', scopes: ['a'] }, CLIENT, 'shop', TIMES);
  expect(claims).toEqual({
    iss: 'https://login.test',
    sub: 'ann',
    aud: 'shop',
    nonce: expect.any(String),
    iat: 1_700_000_000,
    exp: 1_700_003_600,
  });
});

it.each([
  ['good', { iat: 0, exp: 3600 }],
  ['expired', { iat: -7200, exp: -3600 }],
  ['not yet valid', { iat: 0, nbf: 3600, exp: 7200 }],
] as const)('timesOf %s', (timing, expected) => {
  const base = Math.floor(NOW);
  const times = Object.entries(timesOf(timing, NOW)).map(([name, at]) => [name, Number(at) - base]);
  expect(Object.fromEntries(times)).toEqual(expected);
});
