import { memoryHttp } from './memory-http.js';
import { TestingKeys } from './testing-keys.js';

const ISSUER = 'https://login.test';
const JWKS_URI = `${ISSUER}/.well-known/jwks.json`;
const NOW = 1_700_000_000;
const keys = await TestingKeys.generate('ES256');

function setUp() {
  const reports: string[] = [];
  const report = (message: string) => void reports.push(message);
  const http = memoryHttp({ issuer: ISSUER, jwks: keys.jwks, now: () => NOW, report });
  return { http, reports };
}

it('answers the keys, each time', async () => {
  const { http, reports } = setUp();
  for (let round = 0; round < 2; round++) {
    const response = await http.fetch(JWKS_URI, { method: 'GET', headers: {} });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual(keys.jwks);
  }
  expect(reports).toEqual([]);
  http.close();
});

it.each([
  ['POST', JWKS_URI, `POST ${JWKS_URI}`],
  ['GET', `${ISSUER}/userinfo?access_token=x#y`, `GET ${ISSUER}/userinfo`],
  ['POST', 'https://login.test/oauth/token', 'POST https://login.test/oauth/token'],
])('answers nothing else: %s %s', async (method, url, named) => {
  const { http, reports } = setUp();
  await expect(http.fetch(url, { method, headers: {} })).rejects.toMatchObject({
    code: 'temporarily_unavailable',
    detail: expect.stringContaining(`${named} is not answered`) as unknown,
  });
  expect(reports).toEqual([expect.stringContaining(`${named} is not answered`)]);
});

describe('what it says of the user of a token', () => {
  const claims = { iss: ISSUER, sub: 'ann', email: 'ann@example.com', scope: 'a', exp: NOW + 60 };
  const ask = (authorization: string) =>
    setUp().http.fetch(`${ISSUER}/userinfo`, { method: 'GET', headers: { authorization } });

  it('is about the person', async () => {
    const response = await ask(`Bearer ${await keys.sign(claims, 'genuine')}`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ sub: 'ann', email: 'ann@example.com' });
  });

  it.each([
    ['a wrong key', () => keys.sign(claims, 'wrong key')],
    ['no signature', () => keys.sign(claims, 'none')],
    ['an end in the past', () => keys.sign({ ...claims, exp: NOW - 1 }, 'genuine')],
    ['no sense', async () => 'x'],
  ])('is nothing for a token with %s', async (_, token) => {
    expect((await ask(`Bearer ${await token()}`)).status).toBe(401);
  });

  it('is nothing without a token', async () => {
    expect((await ask('Basic dTpw')).status).toBe(401);
  });
});
