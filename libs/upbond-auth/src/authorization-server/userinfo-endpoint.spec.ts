import { describe, expect, it } from 'vitest';
import type { Http, HttpInit } from './http.js';
import { UserinfoEndpoint } from './userinfo-endpoint.js';

const METADATA = {
  userinfoEndpoint: 'https://host/userinfo',
  acceptedIssuers: ['https://host'],
};
const JSON_TYPE = { 'content-type': 'application/json' };

function ask(
  answer: () => Response,
  metadata: { userinfoEndpoint: string | undefined } = METADATA,
) {
  const sent: [string, HttpInit][] = [];
  const http: Http = {
    async fetch(url, init) {
      sent.push([url, init]);
      return answer();
    },
    close() {},
  };
  const endpoint = new UserinfoEndpoint({ clientId: 'client' }, http);
  const asked = { acceptedIssuers: METADATA.acceptedIssuers, ...metadata };
  return { sent, claims: endpoint.fetchUserinfo('the-token', asked) };
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = JSON_TYPE) =>
  () =>
    new Response(JSON.stringify(body), { status, headers });

describe('fetchUserinfo', () => {
  it('sends the token in the header alone (RFC 6750 §2.1)', async () => {
    const { sent, claims } = ask(json({ sub: 'did:key:z6Mk', email: 'a@b.example' }));
    expect(await claims).toEqual({ sub: 'did:key:z6Mk', email: 'a@b.example' });
    const [url, init] = sent[0] ?? [];
    expect([url, init?.method, init?.body ?? null]).toEqual([
      METADATA.userinfoEndpoint,
      'GET',
      null,
    ]);
    expect(init?.headers['authorization']).toBe('Bearer the-token');
  });

  const cases: [string, () => Response, string][] = [
    ['no sub', json({}), 'userinfo_invalid'],
    ['an empty sub', json({ sub: '' }), 'userinfo_invalid'],
    ['a number as sub', json({ sub: 1 }), 'userinfo_invalid'],
    ['sub null', json({ sub: null }), 'userinfo_invalid'],
    ['a sub of 256', json({ sub: 'x'.repeat(256) }), 'userinfo_invalid'],
    ['null', json(null), 'userinfo_invalid'],
    ['an array', json([{ sub: 'x' }]), 'userinfo_invalid'],
    [
      'HTML',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      'userinfo_invalid',
    ],
    ['204', () => new Response(null, { status: 204 }), 'userinfo_invalid'],
    ['302', () => new Response(null, { status: 302 }), 'userinfo_invalid'],
    ['400', json({ sub: 'x' }, 400), 'userinfo_invalid'],
    ['401', json({ sub: 'x' }, 401, { 'www-authenticate': 'Bearer' }), 'userinfo_invalid'],
    ['403', json({ sub: 'x' }, 403), 'userinfo_invalid'],
    ['404', json({ sub: 'x' }, 404), 'userinfo_invalid'],
    ['429', json({ sub: 'x' }, 429), 'temporarily_unavailable'],
    ['500', json({ sub: 'x' }, 500), 'temporarily_unavailable'],
    ['503', json({ sub: 'x' }, 503), 'temporarily_unavailable'],
  ];
  it.each(cases)('%s', async (_name, answer, code) => {
    await expect(ask(answer).claims).rejects.toMatchObject({ code });
  });

  it('a sub of 255 is the longest', async () => {
    const sub = 'x'.repeat(255);
    expect(await ask(json({ sub })).claims).toEqual({ sub });
  });

  it('says clearly that signed answers are not supported', async () => {
    const answer = () => new Response('a.b.c', { headers: { 'content-type': 'application/jwt' } });
    await expect(ask(answer).claims).rejects.toMatchObject({
      code: 'userinfo_invalid',
      detail: expect.stringContaining('signed answers are not supported'),
    });
  });

  it('asks nobody when no endpoint is known', async () => {
    const { sent, claims } = ask(json({ sub: 'x' }), { userinfoEndpoint: undefined });
    await expect(claims).rejects.toMatchObject({ code: 'userinfo_invalid' });
    expect(sent).toEqual([]);
  });
});
