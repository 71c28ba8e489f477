import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAuthentications } from './client-authentication.js';

type Method = Parameters<typeof clientAuthentications>[0]['clientAuthentication'];

async function authenticate(method: Method, clientId: string, clientSecret?: string) {
  const body = new URLSearchParams();
  const headers = new Headers();
  const [authentication] = clientAuthentications({
    clientAuthentication: method,
    clientSecrets: clientSecret === undefined ? [] : [clientSecret],
    clientAssertionKeys: [],
  });
  await authentication?.({ issuer: 'https://host' }, { client_id: clientId }, body, headers);
  return { body: body.toString(), authorization: headers.get('authorization') };
}

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

describe('clientAuthentication', () => {
  it('client_secret_post sends both in the body', async () => {
    expect(await authenticate('client_secret_post', 's6BhdRkqt3', '7Fjf p0&ZB')).toEqual({
      body: 'client_id=s6BhdRkqt3&client_secret=7Fjf+p0%26ZB',
      authorization: null,
    });
  });

  it('none sends the client id and never an empty secret', async () => {
    const sent = await authenticate('none', 's6BhdRkqt3', 'ignored');
    expect(sent).toEqual({ body: 'client_id=s6BhdRkqt3', authorization: null });
  });

  it('client_secret_basic: the example of RFC 6749 §2.3.1', async () => {
    expect(
      await authenticate('client_secret_basic', 's6BhdRkqt3', '7Fjfp0ZBr1KtDRbnfVdmIw'),
    ).toEqual({
      body: '',
      authorization: 'Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3',
    });
  });

  it.each([
    // RFC 6749 appendix B
    [' %&+£€', '+%25%26%2B%C2%A3%E2%82%AC'],
    ['a:b', 'a%3Ab'],
    ['a/b=', 'a%2Fb%3D'],
    // Left alone by application/x-www-form-urlencoded
    ['Az0-_.*', 'Az0-_.*'],
    ["~!'()", '%7E%21%27%28%29'],
    ['𠮷', '%F0%A0%AE%B7'],
  ])('client_secret_basic encodes %j', async (secret, encoded) => {
    const { authorization } = await authenticate('client_secret_basic', secret, secret);
    expect(authorization).toBe(basic(`${encoded}:${encoded}`));
  });

  it('client_secret_basic can be decoded to what was sent', async () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    await fc.assert(
      fc.asyncProperty(text, text, async (id, secret) => {
        const { authorization } = await authenticate('client_secret_basic', id, secret);
        const plain = Buffer.from(authorization?.slice(6) ?? '', 'base64').toString();
        const decode = (part = ''): string => decodeURIComponent(part.replaceAll('+', ' '));
        expect(plain.split(':').map(decode)).toEqual([id, secret]);
      }),
    );
  });

  it.each(['client_secret_post', 'client_secret_basic'] as const)('%s needs a secret', (method) => {
    const config = { clientAuthentication: method, clientSecrets: [], clientAssertionKeys: [] };
    expect(() => clientAuthentications(config)).toThrow(/needs a client secret/);
  });
});
