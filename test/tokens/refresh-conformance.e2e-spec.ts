import { PLATFORMS } from '../support/application.js';
import { signingKey, sign, type IdTokenDraft } from '../support/id-tokens.js';
import { codeOf, inHandler, startTokenApplication, type Work } from './scripted-tokens.js';

const token: Work = ({ tokens }) => tokens.getAccessToken();
const ANOTHER = 'did:key:z6MkSomebodyElse';

/** ID tokens that a refresh must not bring (OpenID Connect Core §12.2). */
const ID_TOKENS: readonly [string, string, (draft: IdTokenDraft) => Promise<string>][] = [
  [
    'another issuer',
    'id_token_issuer_mismatch',
    (draft) => signed(draft, { iss: 'https://evil.example' }),
  ],
  ['another user', 'id_token_subject_mismatch', (draft) => signed(draft, { sub: ANOTHER })],
  [
    'another audience',
    'id_token_audience_mismatch',
    (draft) => signed(draft, { aud: 'another-client' }),
  ],
  [
    'the key of somebody else',
    'id_token_signature_invalid',
    async (draft) => sign({ ...draft, key: await signingKey('RS256', 'forged') }),
  ],
  ['another access token', 'id_token_at_hash_mismatch', (draft) => signed(draft, { at_hash: 'A' })],
];

/** Members of a token response that make all of it worthless (RFC 6749 §5.1). */
const ANSWERS: readonly [string, Record<string, unknown>][] = [
  ['an empty refresh token', { refresh_token: '' }],
  ['a refresh token that is a number', { refresh_token: 7 }],
  ['no token type', { token_type: undefined }],
  ['another token type', { token_type: 'DPoP' }],
  ['no access token', { access_token: undefined }],
  ['an empty access token', { access_token: '' }],
  ['an access token with a line break', { access_token: 'a\nb' }],
  ['a life that is no number', { expires_in: 'soon' }],
];

function signed(draft: IdTokenDraft, claims: Record<string, unknown>): Promise<string> {
  return sign({ ...draft, claims: { ...draft.claims, ...claims } });
}

describe.each(PLATFORMS)('the answer to a refresh on %s', (platform) => {
  async function start() {
    const scene = await startTokenApplication(platform);
    expect((await scene.login.signIn()).status).toBe(200);
    const { json } = await inHandler(scene.login, token);
    return { ...scene, first: json['result'] };
  }

  it.each(ID_TOKENS)('gives nothing away with an ID token for %s', async (_, _code, make) => {
    const { login, script, clock, first } = await start();
    login.server.makeIdToken = make;
    script.refreshResponse = {};
    clock.forward(3570);
    // The token of the login has half a minute left, and nothing of that answer is used
    expect((await inHandler(login, token)).json['result']).toBe(first);
    expect(script.refreshes).toHaveLength(1);
    // The server has spent the old refresh token for it: that ends the session, once there is no other token
    clock.forward(60);
    expect(codeOf(await inHandler(login, token))).toEqual([401, 'login_required']);
  });

  it.each(ID_TOKENS)('says what is wrong with an ID token for %s', async (_, code, make) => {
    const { login, script, clock } = await start();
    login.server.makeIdToken = make;
    script.refreshResponse = {};
    script.isRotating = false;
    clock.forward(3601);
    expect(codeOf(await inHandler(login, token))).toEqual([502, code]);
    // The session is as it was, and goes on when the server is honest again
    login.server.makeIdToken = sign;
    clock.forward(60);
    const { json } = await inHandler(login, token);
    expect(json['result']).toBe([...script.issued.keys()].at(-1));
    expect(script.refreshes).toHaveLength(2);
  });

  it('may bring an honest ID token, or none', async () => {
    const { login, script, clock } = await start();
    const tokens = new Set<unknown>();
    for (const refreshResponse of [{}, { id_token: undefined }, {}, { id_token: null }]) {
      script.refreshResponse = refreshResponse;
      clock.forward(3590);
      const { status, json } = await inHandler(login, token);
      expect(status).toBe(200);
      tokens.add(json['result']);
    }
    expect(tokens.size).toBe(4);
    expect(script.reuses).toEqual([]);
  });

  it.each(ANSWERS)('is worth nothing with %s', async (_, refreshResponse) => {
    const { login, script, clock, first } = await start();
    script.isRotating = false;
    script.refreshResponse = { id_token: undefined, ...refreshResponse };
    clock.forward(3570);
    expect((await inHandler(login, token)).json['result']).toBe(first);
    clock.forward(31);
    expect(codeOf(await inHandler(login, token))).toEqual([502, 'token_response_invalid']);
    script.refreshResponse = { id_token: undefined };
    clock.forward(60);
    const { json } = await inHandler(login, token);
    expect(json['result']).toBe([...script.issued.keys()].at(-1));
  });

  it.each([
    ['no new refresh token', false, {}],
    ['null for a refresh token', false, { refresh_token: null }],
    ['a new refresh token each time', true, {}],
  ])('may have %s, several times in a row', async (_, isRotating, members) => {
    const { login, script, clock } = await start();
    script.isRotating = isRotating;
    script.refreshResponse = { id_token: undefined, ...members };
    const tokens = new Set<unknown>();
    for (let round = 0; round < 5; round++) {
      clock.forward(3590);
      tokens.add((await inHandler(login, token)).json['result']);
    }
    expect(tokens.size).toBe(5);
    const spent = new Set(script.refreshes.map((form) => form.get('refresh_token')));
    expect([script.refreshes.length, spent.size]).toEqual([5, isRotating ? 5 : 1]);
    expect(script.reuses).toEqual([]);
  });

  it('ends the session when it says that the refresh token is no longer good', async () => {
    const { login, clock } = await start();
    login.server.script('token', { status: 400, body: { error: 'invalid_grant' } });
    clock.forward(3601);
    expect(codeOf(await inHandler(login, token))).toEqual([401, 'login_required']);
    expect(await login.sessionCookies()).toEqual([]);
  });

  it('is about the caller at the user endpoint, or worth nothing', async () => {
    const { login } = await start();
    const ask: Work = ({ userinfo }) => userinfo.fetch();
    expect((await inHandler(login, ask)).json['result']).toMatchObject({ sub: login.server.sub });
    login.server.script('userinfo', { body: { sub: ANOTHER, name: 'Somebody Else' } });
    const refused = await inHandler(login, ask);
    expect(codeOf(refused)).toEqual([502, 'userinfo_subject_mismatch']);
    expect(JSON.stringify(refused.json)).not.toContain('Somebody');
    login.server.script('userinfo', { body: { name: 'Nobody' } });
    expect(codeOf(await inHandler(login, ask))).toEqual([502, 'userinfo_invalid']);
  });
});
