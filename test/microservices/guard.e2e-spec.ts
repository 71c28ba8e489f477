import { decodeJwt } from 'jose';
import type { UpbondClaims } from 'nestjs-upbond-auth';
import type { UpbondEmulator } from 'upbond-emulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLIENT_ID, CLIENT_SECRET } from '../support/application.js';
import { sign } from '../support/id-tokens.js';
import { ScriptedServer } from '../support/scripted-server.js';
import { until } from '../support/waiting.js';
import {
  API,
  bearer,
  OTHER_API,
  REDIRECT_URI,
  refusal,
  serviceToken,
  startEmulator,
  startMicroservice,
  TRANSPORTS,
  userToken,
  type Microservice,
} from './fixture.js';

const SERVICES = ['orders', 'stock', 'mail', 'billing', 'search'];

let emulator: UpbondEmulator;
let token: string;
let sub: string;

beforeAll(async () => {
  emulator = await startEmulator(SERVICES);
  token = await userToken(emulator);
  sub = emulator.users[0]!.sub;
});

afterAll(() => emulator.close());

describe.each(TRANSPORTS)('a microservice over %s', (transport) => {
  let service: Microservice;

  beforeAll(async () => {
    service = await startMicroservice(transport, { domain: emulator.url });
  });

  beforeEach(() => {
    service.clock.reset();
    service.logs.lines.length = 0;
    service.seen.calls.length = 0;
    service.seen.events.length = 0;
  });

  afterAll(() => service.close());

  const ask = (pattern: string, metadata?: unknown, data?: unknown) =>
    service.sender.ask(pattern, metadata, data);

  describe('a request', () => {
    it('with a good token reaches its handler, with the user', async () => {
      const { values } = await ask('me', bearer(token), { amount: 3 });
      expect(values).toEqual([{ sub, data: { amount: 3 }, isSame: true, isFrozen: true }]);
    });

    it('of another service has that service for a user', async () => {
      const { values } = await ask('me', bearer(await serviceToken(emulator, 'orders')));
      expect(values).toEqual([expect.objectContaining({ sub: 'orders', isSame: true })]);
    });

    it.each([
      ['authorization', 'Bearer'],
      ['Authorization', 'bearer'],
      ['AUTHORIZATION', 'BEARER'],
    ])('may write %s: %s in any letter case', async (name, scheme) => {
      expect(await ask('bearer', { [name]: `${scheme} ${token}` })).toEqual({ values: ['done'] });
    });

    const tampered = () => {
      const [header = '', , signature = ''] = token.split('.');
      const claims = { ...decodeJwt(token), sub: 'somebody else' };
      return [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature];
    };
    it.each<[string, () => unknown, string]>([
      ['no metadata', () => undefined, 'login_required'],
      ['empty metadata', () => ({}), 'login_required'],
      ['another scheme', () => ({ authorization: 'Basic dTpw' }), 'login_required'],
      ['the token without its scheme', () => ({ authorization: token }), 'login_required'],
      ['the token under another name', () => ({ token: `Bearer ${token}` }), 'login_required'],
      ['the token as a cookie', () => ({ cookie: `token=${token}` }), 'login_required'],
      ['the scheme alone', () => ({ authorization: 'Bearer' }), 'invalid_request'],
      ['two tokens', () => bearer(`${token} ${token}`), 'invalid_request'],
      ['an opaque token', () => bearer('abc'), 'invalid_token'],
      ['a tampered token', () => bearer(tampered().join('.')), 'invalid_token'],
      [
        'a token without signature',
        () => bearer(`${token.split('.', 2).join('.')}.`),
        'invalid_token',
      ],
      [
        'a token for another API',
        async () => bearer(await userToken(emulator, 'openid', OTHER_API)),
        'invalid_token',
      ],
    ])('with %s is refused', async (_, metadata, code) => {
      expect(await ask('me', await metadata())).toEqual(refusal(code));
      expect(service.seen.calls).toEqual([]);
    });

    it('with the token in its data is refused', async () => {
      expect(await ask('me', undefined, bearer(token))).toEqual(refusal('login_required'));
      const data = { metadata: bearer(token), user: { sub } };
      expect(await ask('me', undefined, data)).toEqual(refusal('login_required'));
    });

    it('with an expired token is refused, also when it has been accepted before', async () => {
      expect(await ask('bearer', bearer(token))).toEqual({ values: ['done'] });
      service.clock.forward(2 * 86_400);
      expect(await ask('bearer', bearer(token))).toEqual(refusal('invalid_token'));
    });

    it('that is refused leaves one line in the log, without the token', async () => {
      await ask('me', bearer(tampered().join('.')));
      expect(service.logs.own).toEqual([expect.stringMatching(/^invalid_token: access token: /)]);
      for (const part of [...tampered(), ...token.split('.')]) {
        expect(service.logs.lines.join('\n')).not.toContain(part);
      }
    });
  });

  describe('the answer', () => {
    it('may be an observable, or a promise of one', async () => {
      expect(await ask('stream', bearer(token))).toEqual({ values: [sub, sub, sub] });
      expect(await ask('later', bearer(token))).toEqual({ values: [sub] });
    });

    it('of an observable is an error without a token', async () => {
      expect(await ask('stream')).toEqual(refusal('login_required'));
      expect(await ask('later', bearer('abc'))).toEqual(refusal('invalid_token'));
    });
  });

  describe('the decorators', () => {
    it.each<[string, () => unknown, string | null]>([
      ['nobody', () => undefined, null],
      ['the user of a good token', () => bearer(token), 'the user'],
      ['nobody with a bad token', () => bearer('abc'), null],
      ['nobody with a malformed one', () => ({ authorization: 7 }), null],
    ])('@Public() lets %s pass', async (_, metadata, expected) => {
      const who = expected === null ? null : sub;
      expect(await ask('open', metadata())).toEqual({ values: [{ sub: who }] });
    });

    it('@Scopes() asks for a scope', async () => {
      expect(await ask('scope', bearer(token))).toEqual({ values: ['done'] });
      const narrow = await userToken(emulator, 'openid');
      expect(await ask('scope', bearer(narrow))).toEqual(refusal('insufficient_scope'));
      expect(await ask('scope')).toEqual(refusal('login_required'));
    });

    it.each([
      ['permission', 'insufficient_permissions'],
      ['role', 'insufficient_permissions'],
      ['claims', 'insufficient_permissions'],
      ['step-up', 'insufficient_user_authentication'],
      ['session', 'login_required'],
    ])('%s: what the token does not have is refused with %s', async (pattern, code) => {
      expect(await ask(pattern, bearer(token))).toEqual(refusal(code));
    });

    it('@Credentials(): a cookie is no credential here, and a token always one', async () => {
      const cookie = { cookie: '__Host-upbond-session=anything' };
      expect(await ask('session', cookie)).toEqual(refusal('login_required'));
      expect(await ask('session', { ...cookie, ...bearer(token) })).toEqual(
        refusal('login_required'),
      );
      expect(await ask('bearer', bearer(token))).toEqual({ values: ['done'] });
    });
  });

  describe('an event', () => {
    it.each<[string, unknown, string]>([
      ['no token', undefined, 'login_required'],
      ['a malformed one', { authorization: 'Bearer' }, 'invalid_request'],
      ['a bad one', bearer('abc'), 'invalid_token'],
    ])('with %s is not handled, and leaves one line in the log', async (_, metadata, code) => {
      await service.sender.emit('happened', metadata, 'refused');
      await until(async () => service.logs.own.length > 0, 'no line in the log');
      await service.sender.emit('happened', bearer(token), 'accepted');
      await until(async () => service.seen.events.length > 0, 'the good event was not handled');
      expect(service.seen.events).toEqual([{ data: 'accepted', sub }]);
      expect(service.logs.lines).toEqual([expect.stringMatching(new RegExp(`^${code}\\b`))]);
    });

    it('that is public is handled, with the user of a good token', async () => {
      await service.sender.emit('open-event', undefined, 1);
      await service.sender.emit('open-event', bearer(token), 2);
      await until(async () => service.seen.events.length === 2, 'not handled');
      expect(service.seen.events).toContainEqual({ data: 1, sub: null });
      expect(service.seen.events).toContainEqual({ data: 2, sub });
    });
  });

  describe('a hostile packet', () => {
    const good = () => `"Bearer ${token}"`;
    it.each<[string, () => string, string]>([
      ['null', () => 'null', 'login_required'],
      ['a number', () => '7', 'login_required'],
      ['true', () => 'true', 'login_required'],
      ['a text', good, 'login_required'],
      ['a list', () => `[${good()}]`, 'login_required'],
      ['a list of pairs', () => `[["authorization",${good()}]]`, 'login_required'],
      ['a prototype', () => `{"__proto__":{"authorization":${good()}}}`, 'login_required'],
      ['a constructor', () => `{"constructor":{"authorization":${good()}}}`, 'login_required'],
      ['a token of null', () => '{"authorization":null}', 'invalid_request'],
      ['a token of a number', () => '{"authorization":1e400}', 'invalid_request'],
      ['a token of an object', () => `{"authorization":{"0":${good()}}}`, 'invalid_request'],
      ['two tokens', () => `{"authorization":[${good()},${good()}]}`, 'invalid_request'],
      [
        'two names',
        () => `{"authorization":${good()},"Authorization":${good()}}`,
        'invalid_request',
      ],
      ['1 MB', () => `{"authorization":"Bearer ${'a'.repeat(2 ** 20)}"}`, 'invalid_request'],
      ['1 MB of names', () => `{${'"a":1,'.repeat(170_000)}"b":1}`, 'login_required'],
    ])('whose metadata is %s is refused, and the next one is not', async (_, json, code) => {
      expect(await ask('me', JSON.parse(json()) as unknown)).toEqual(refusal(code));
      expect(await ask('me', bearer(token))).toMatchObject({ values: [{ sub }] });
      expect(({} as Record<string, unknown>).authorization).toBeUndefined();
    });
  });
});

describe.each(TRANSPORTS)('what the application says of users over %s', (transport) => {
  it('loadTokenUser makes the user, and its permissions and roles count', async () => {
    const loadTokenUser = async ({ sub: id }: UpbondClaims) =>
      id === 'mail' ? null : { sub: id, permissions: ['contacts:write'], roles: ['admin'] };
    const options = { loadTokenUser, rolesClaim: 'roles' };
    const service = await startMicroservice(transport, { domain: emulator.url, options });
    try {
      const { ask } = service.sender;
      const asking = (pattern: string, one = token) =>
        ask.call(service.sender, pattern, bearer(one));
      expect(await asking('permission')).toEqual({ values: ['done'] });
      expect(await asking('role')).toEqual({ values: ['done'] });
      expect(await asking('me')).toMatchObject({ values: [{ sub, isSame: true }] });
      const locked = await serviceToken(emulator, 'mail');
      expect(await asking('me', locked)).toEqual(refusal('invalid_token'));
      expect(await asking('open', locked)).toEqual({ values: [{ sub: null }] });
    } finally {
      await service.close();
    }
  });

  it('without accessTokenAudiences no token is good', async () => {
    const options = { accessTokenAudiences: [] };
    const service = await startMicroservice(transport, { domain: emulator.url, options });
    try {
      expect(await service.sender.ask('me', bearer(token))).toEqual(refusal('invalid_token'));
    } finally {
      await service.close();
    }
  });

  it('@StepUp() looks at auth_time, and keys that cannot be had refuse what is not public', async () => {
    const server = await ScriptedServer.start({
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      redirectUri: REDIRECT_URI,
      authentication: 'client_secret_post',
      isOpenid: true,
    });
    const service = await startMicroservice(transport, { domain: server.url });
    try {
      const now = Math.floor(Date.now() / 1000);
      const signed = (authTime: number) =>
        sign({
          claims: {
            iss: server.url,
            sub: 's',
            aud: API,
            exp: now + 600,
            iat: now,
            auth_time: authTime,
          },
          header: { alg: server.key.alg, kid: server.key.kid, typ: 'JWT' },
          key: server.key,
        });
      const asking = async (pattern: string, authTime: number) =>
        service.sender.ask(pattern, bearer(await signed(authTime)));
      server.script('jwks', { status: 500 });
      expect(await asking('me', now)).toEqual(refusal('temporarily_unavailable'));
      expect(await asking('open', now)).toEqual({ values: [{ sub: null }] });
      server.script('jwks', (_, healthy) => healthy());
      service.clock.forward(60);
      expect(await asking('step-up', now)).toEqual({ values: ['done'] });
      const old = await asking('step-up', now - 3600);
      expect(old).toEqual(refusal('insufficient_user_authentication'));
    } finally {
      await service.close();
      await server.close();
    }
  });
});

describe.each(TRANSPORTS)('two hundred packets at once over %s', (transport) => {
  it('each has the user of its own token', async () => {
    const tokens = await Promise.all(SERVICES.map((one) => serviceToken(emulator, one)));
    let turn = 0;
    const loadTokenUser = async (claims: UpbondClaims) => {
      for (let left = (turn++ * 7) % 5; left > 0; left--) await new Promise(setImmediate);
      return { ...claims };
    };
    const options = { loadTokenUser };
    const service = await startMicroservice(transport, { domain: emulator.url, options });
    try {
      const packets = Array.from({ length: 200 }, async (_, index) => {
        const who = (index * 3) % SERVICES.length;
        // Every tenth one is nobody
        const metadata = index % 10 === 9 ? undefined : bearer(tokens[who]!);
        return service.sender.ask('slow', metadata, (index * 13) % 11);
      });
      const answers = await Promise.all(packets);
      const expected = answers.map((_, index) => {
        const name = SERVICES[(index * 3) % SERVICES.length];
        if (index % 10 === 9) return refusal('login_required');
        return { values: [{ sub: name, after: name }] };
      });
      expect(answers).toEqual(expected);
      expect(service.seen.connections.size).toBe(transport === 'TCP' ? 1 : 0);
    } finally {
      await service.close();
    }
  });
});
