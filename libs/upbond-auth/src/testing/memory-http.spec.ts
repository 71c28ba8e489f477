import { memoryHttp } from './memory-http.js';

const JWKS_URI = 'https://login.test/.well-known/jwks.json';

function setUp() {
  const reports: string[] = [];
  const http = memoryHttp(JWKS_URI, { keys: [{ kty: 'EC' }] }, (report) => reports.push(report));
  return { http, reports };
}

it('answers the keys, each time', async () => {
  const { http, reports } = setUp();
  for (let round = 0; round < 2; round++) {
    const response = await http.fetch(JWKS_URI, { method: 'GET', headers: {} });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toEqual({ keys: [{ kty: 'EC' }] });
  }
  expect(reports).toEqual([]);
  http.close();
});

it.each([
  ['POST', JWKS_URI, `POST ${JWKS_URI}`],
  ['GET', 'https://login.test/userinfo?access_token=x#y', 'GET https://login.test/userinfo'],
  ['POST', 'https://login.test/oauth/token', 'POST https://login.test/oauth/token'],
])('answers nothing else: %s %s', async (method, url, named) => {
  const { http, reports } = setUp();
  await expect(http.fetch(url, { method, headers: {} })).rejects.toMatchObject({
    code: 'temporarily_unavailable',
    detail: expect.stringContaining(`${named} is not answered`) as unknown,
  });
  expect(reports).toEqual([expect.stringContaining(`${named} is not answered`)]);
});
