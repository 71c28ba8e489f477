import { generateKeyPairSync } from 'node:crypto';
import type { ClientAssertionKey, UpbondAuthOptions } from 'nestjs-upbond-auth';
import {
  startUpbondEmulator,
  type JsonWebKeyWithId,
  type UpbondEmulator,
  type UpbondEmulatorClient,
} from 'upbond-emulator';
import { describe, expect, it, onTestFinished } from 'vitest';
import { onFreePort, Pages, Visitor } from '../logout/fixture.js';
import { CLIENT_ID, PLATFORMS, startApplication } from '../support/application.js';

/** A key pair as both sides know it. */
interface RegisteredKey {
  readonly mine: ClientAssertionKey;
  readonly theirs: JsonWebKeyWithId;
}

type Algorithm = NonNullable<ClientAssertionKey['algorithm']>;

function keyPair(algorithm: Algorithm, keyId: string): RegisteredKey {
  const { privateKey, publicKey } =
    algorithm === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const jwk = publicKey.export({ format: 'jwk' }) as { kty: string };
  return {
    mine: { key, keyId, algorithm },
    theirs: { ...jwk, kid: keyId, alg: algorithm, use: 'sig' },
  };
}

const FIRST = keyPair('ES256', 'first');
const SECOND = keyPair('RS256', 'second');
const NEW_SECRET = 'nW3Jx9QmZ0vT7rYb2NcWq8KdHuEaP5G_new';
const OLD_SECRET = 'oL4Ky0RnA1wU8sZc3OdXr9LeIvFbQ6H_old';

const withKeys = (...keys: RegisteredKey[]): Partial<UpbondEmulatorClient> => ({
  tokenEndpointAuthMethod: 'private_key_jwt',
  jwks: { keys: keys.map(({ theirs }) => theirs) },
});
const withSecret = (clientSecret: string): Partial<UpbondEmulatorClient> => ({ clientSecret });

describe.each(PLATFORMS)('client authentication on %s with the emulator', (platform) => {
  const start = (client: Partial<UpbondEmulatorClient>, options: UpbondAuthOptions) =>
    onFreePort(async (port) => {
      const url = `http://localhost:${port}`;
      const registered = (members: Partial<UpbondEmulatorClient>) => ({
        clientId: CLIENT_ID,
        redirectUris: [`${url}/auth/callback`],
        postLogoutRedirectUris: [`${url}/`],
        ...members,
      });
      const emulator = await startUpbondEmulator({
        clients: [registered(client)],
        autoLogin: { email: 'hanako@example.com' },
      });
      onTestFinished(() => emulator.close());
      const application = await startApplication({
        platform,
        port,
        controllers: [Pages],
        options: {
          domain: emulator.url,
          scope: 'openid offline_access',
          clientSecret: undefined,
          ...options,
        } as UpbondAuthOptions,
      });
      onTestFinished(() => application.close());
      return {
        emulator,
        visitor: () => new Visitor(url),
        /** The server knows the client otherwise from now on. */
        register: (members: Partial<UpbondEmulatorClient>) =>
          emulator.setClients([registered(members)]),
      };
    });

  /** How many token requests a login took. */
  async function requestsOf(emulator: UpbondEmulator, visitor: Visitor): Promise<number> {
    const before = emulator.counters.tokenRequests;
    await visitor.signIn();
    expect(await visitor.isSignedIn()).toBe(true);
    return emulator.counters.tokenRequests - before;
  }

  it.each(['RS256', 'PS256', 'RS384', 'ES256'] as const)(
    'private_key_jwt with %s signs in, and revokes at a logout',
    async (algorithm) => {
      const pair = keyPair(algorithm, 'only');
      const { emulator, visitor } = await start(withKeys(pair), { clientAssertionKeys: pair.mine });
      const somebody = visitor();
      expect(await requestsOf(emulator, somebody)).toBe(1);
      await somebody.signOut();
      // Answered 200 in its first encoding, Login 3.0's JSON
      expect(emulator.counters.revocationRequests).toBe(1);
    },
  );

  it('private_key_jwt for the token endpoint, where a server wants that', async () => {
    const { emulator, visitor } = await start(withKeys(FIRST), {
      clientAssertionKeys: FIRST.mine,
      clientAssertionAudience: 'token_endpoint',
    });
    expect(await requestsOf(emulator, visitor())).toBe(1);
  });

  it('private_key_jwt without metadata', async () => {
    const { emulator, visitor } = await start(withKeys(FIRST), { clientAssertionKeys: FIRST.mine });
    await emulator.setHabits({ discovery: false });
    expect(await requestsOf(emulator, visitor())).toBe(1);
  });

  const keys = { clientAssertionKeys: [FIRST.mine, SECOND.mine] };
  const secrets = { clientSecret: [NEW_SECRET, OLD_SECRET] };
  it.each([
    ['keys', keys, withKeys(SECOND), withKeys(FIRST)],
    ['keys that the server both knows', keys, withKeys(SECOND), withKeys(FIRST, SECOND)],
    ['secrets', secrets, withSecret(OLD_SECRET), withSecret(NEW_SECRET)],
    [
      'secrets in a header',
      { ...secrets, clientAuthentication: 'client_secret_basic' as const },
      { ...withSecret(OLD_SECRET), tokenEndpointAuthMethod: 'client_secret_basic' as const },
      { ...withSecret(NEW_SECRET), tokenEndpointAuthMethod: 'client_secret_basic' as const },
    ],
  ])('rotates %s: nobody is turned away', async (title, options, before, after) => {
    const { emulator, visitor, register } = await start(before, options);
    // The first one is refused, the other one taken and remembered
    expect(await requestsOf(emulator, visitor())).toBe(2);
    expect(await requestsOf(emulator, visitor())).toBe(1);
    await register(after);
    const bothGood = title.includes('both');
    expect(await requestsOf(emulator, visitor())).toBe(bothGood ? 1 : 2);
    expect(await requestsOf(emulator, visitor())).toBe(1);
  });

  it('revokes with the credential that the server takes', async () => {
    const { emulator, visitor } = await start(withSecret(OLD_SECRET), secrets);
    const revoked = async () => {
      const somebody = await visitor().signIn();
      const before = emulator.counters.revocationRequests;
      await somebody.signOut();
      return emulator.counters.revocationRequests - before;
    };
    // JSON and a form with the refused one, then the other one; it is remembered
    expect(await revoked()).toBe(3);
    expect(await revoked()).toBe(1);
  });

  it.each([
    ['keys', keys, withKeys(keyPair('ES256', 'third'))],
    ['secrets', secrets, withSecret('xX5Lz1SoB2xV9tAd4PeYs0MfJwGcR7I_xxx')],
  ])('asks once with each of two wrong %s', async (_title, options, client) => {
    const { emulator, visitor } = await start(client, options);
    const { agent, url } = visitor();
    const answer = await agent.navigate(`${url}/auth/login?returnTo=/me`);
    expect([answer.status, emulator.counters.tokenRequests]).toEqual([502, 2]);
    expect(answer.body).toContain('invalid_client');
    for (const secret of [NEW_SECRET, OLD_SECRET, 'eyJ']) expect(answer.body).not.toContain(secret);
  });
});
