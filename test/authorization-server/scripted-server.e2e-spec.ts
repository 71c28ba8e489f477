import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { onTestFinished } from 'vitest';
import { ScriptedServer } from '../support/scripted-server.js';
import type { ClientAuthentication } from '../support/conformance-checks.js';

const REDIRECT_URI = 'http://localhost:1/auth/callback';
const VERIFIER = 'v'.repeat(43);
const GOOD_REQUEST: Readonly<Record<string, string>> = {
  response_type: 'code',
  client_id: 'client',
  redirect_uri: REDIRECT_URI,
  scope: 'openid profile',
  state: 's'.repeat(22),
  nonce: 'n'.repeat(22),
  code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
  code_challenge_method: 'S256',
};

async function start(authentication: ClientAuthentication = 'client_secret_post') {
  const server = await ScriptedServer.start({
    clientId: 'client',
    clientSecret: 'secret',
    redirectUri: REDIRECT_URI,
    authentication,
    isOpenid: true,
  });
  onTestFinished(() => server.close());
  return server;
}

/** Members of a request; `undefined` leaves one out. */
type Changes = Readonly<Record<string, string | undefined>>;

function form(members: Changes): URLSearchParams {
  const given = Object.entries(members).filter((entry) => entry[1] !== undefined);
  return new URLSearchParams(given as [string, string][]);
}

async function authorize({ url }: ScriptedServer, changes: Changes = {}): Promise<string> {
  const query = form({ ...GOOD_REQUEST, ...changes });
  const answer = await fetch(`${url}/authorize?${query}`, { redirect: 'manual' });
  const back = new URL(answer.headers.get('location') ?? '');
  expect(back.searchParams.get('state')).toBe(query.get('state') ?? '');
  return back.searchParams.get('code') ?? '';
}

function exchange(
  { url }: ScriptedServer,
  code: string,
  changes: Changes = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const members = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    client_id: 'client',
    client_secret: 'secret',
    ...changes,
  };
  return fetch(`${url}/oauth/token`, { method: 'POST', body: form(members), headers });
}

const BAD_REQUESTS: readonly [name: string, value: string | undefined][] = [
  ['response_type', 'token'],
  ['client_id', 'another'],
  ['redirect_uri', `${REDIRECT_URI}/`],
  ['scope', 'profile'],
  ['state', undefined],
  ['state', 'short'],
  ['nonce', undefined],
  ['code_challenge', undefined],
  ['code_challenge_method', 'plain'],
  ['client_secret', 'secret'],
];

const BAD_EXCHANGES: readonly [name: string, value: string | undefined][] = [
  ['grant_type', 'client_credentials'],
  ['code', 'made-up'],
  ['redirect_uri', undefined],
  ['redirect_uri', `${REDIRECT_URI}?x`],
  ['code_verifier', undefined],
  ['code_verifier', 'w'.repeat(43)],
  ['client_id', 'another'],
  ['client_secret', undefined],
  ['client_secret', 'wrong'],
];

describe('The scripted server', () => {
  it('has nothing to say against a good login and issues a token for it', async () => {
    const server = await start();
    const answer = await exchange(server, await authorize(server));
    const tokens = (await answer.json()) as { id_token: string };
    expect(decodeJwt(tokens.id_token)).toMatchObject({
      iss: server.url,
      aud: 'client',
      nonce: GOOD_REQUEST['nonce'],
    });
    expect(server.problems).toEqual([]);
  });

  it.each(BAD_REQUESTS)('sees an authorization request with %s %s', async (name, value) => {
    const server = await start();
    await authorize(server, { [name]: value });
    expect(server.problems.join()).toMatch(name === 'scope' ? 'openid' : name);
  });

  it.each(BAD_EXCHANGES)('sees a token request with %s %s', async (name, value) => {
    const server = await start();
    await exchange(server, await authorize(server), { [name]: value });
    expect(server.problems.join()).toMatch(name);
  });

  it('sees a code that is used twice', async () => {
    const server = await start();
    const code = await authorize(server);
    await exchange(server, code);
    await exchange(server, code);
    expect(server.problems).toEqual(['the code is used twice']);
  });

  it.each([
    ['client_secret_basic', {}, ''],
    ['client_secret_basic', { client_secret: undefined }, 'Basic Y2xpZW50Ondyb25n'],
    ['client_secret_post', {}, 'Basic Y2xpZW50OnNlY3JldA=='],
    ['none', {}, ''],
  ] as const)(
    'sees a client that is registered for %s and sends %j %s',
    async (method, changes, authorization) => {
      const server = await start(method);
      const code = await authorize(server);
      await exchange(server, code, changes, authorization ? { authorization } : {});
      expect(server.problems.join()).toMatch(/authorization|client_secret/);
    },
  );

  it('takes the registered Basic header', async () => {
    const server = await start('client_secret_basic');
    const headers = { authorization: 'Basic Y2xpZW50OnNlY3JldA==' };
    await exchange(server, await authorize(server), { client_secret: undefined }, headers);
    expect(server.problems).toEqual([]);
  });

  it('reports a script that fails instead of waiting for a deadline', async () => {
    const server = await start();
    server.script('userinfo', () => {
      throw new Error('a mistake in the test');
    });
    const headers = { authorization: 'Bearer x' };
    await expect(fetch(`${server.url}/userinfo`, { headers })).rejects.toThrow('fetch failed');
    expect(server.problems).toEqual(['the script failed: Error: a mistake in the test']);
  });
});
