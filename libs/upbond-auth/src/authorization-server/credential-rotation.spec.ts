import { describe, expect, it } from 'vitest';
import type { ClientAuth } from 'oauth4webapi';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { CredentialRotation } from './credential-rotation.js';

const rotation = (...clientSecrets: string[]) =>
  new CredentialRotation({
    clientAuthentication: 'client_secret_post',
    clientSecrets,
    clientAssertionKeys: [],
  });

async function secretOf(credential: ClientAuth): Promise<string> {
  const body = new URLSearchParams();
  await credential({ issuer: 'https://host' }, { client_id: 'client' }, body, new Headers());
  return body.get('client_secret') ?? '';
}

/** A server that says something about each secret; `undefined` is a success. */
function server(says: Record<string, UpbondAuthErrorCode | undefined>) {
  const asked: string[] = [];
  const request = async (credential: ClientAuth): Promise<string> => {
    const secret = await secretOf(credential);
    asked.push(secret);
    const code = says[secret];
    if (code) throw new UpbondAuthException(code, { detail: secret });
    return secret;
  };
  return { asked, request, says };
}

describe('CredentialRotation', () => {
  it.each([
    ['the new one is not active yet', { new: 'invalid_client' }, ['new', 'old', 'old', 'old']],
    ['the old one still works', { old: undefined }, ['new', 'new', 'new']],
  ] as const)('%s', async (_title, says, expected) => {
    const { asked, request } = server(says);
    const credentials = rotation('new', 'old');
    for (let round = 0; round < 3; round += 1) await credentials.run(request);
    expect(asked).toEqual(expected);
  });

  it('goes back when the one that worked is refused', async () => {
    const { asked, request, says } = server({ new: 'invalid_client' });
    const credentials = rotation('new', 'old');
    await credentials.run(request);
    Object.assign(says, { new: undefined, old: 'invalid_client' });
    expect(await credentials.run(request)).toBe('new');
    expect(await credentials.run(request)).toBe('new');
    expect(asked).toEqual(['new', 'old', 'old', 'new', 'new']);
  });

  it('tries each once when both are refused, and keeps the order', async () => {
    const { asked, request } = server({ new: 'invalid_client', old: 'invalid_client' });
    const credentials = rotation('new', 'old');
    for (let round = 0; round < 2; round += 1) {
      await expect(credentials.run(request)).rejects.toMatchObject({ code: 'invalid_client' });
    }
    expect(asked).toEqual(['new', 'old', 'new', 'old']);
  });

  it.each(['invalid_grant', 'temporarily_unavailable', 'token_request_failed', 'server_error'])(
    'does not try the other one after %s',
    async (code) => {
      const { asked, request } = server({ new: code as UpbondAuthErrorCode });
      await expect(rotation('new', 'old').run(request)).rejects.toMatchObject({ code });
      expect(asked).toEqual(['new']);
    },
  );

  it('does not try twice with one secret', async () => {
    const { asked, request } = server({ only: 'invalid_client' });
    await expect(rotation('only').run(request)).rejects.toMatchObject({ code: 'invalid_client' });
    expect(asked).toEqual(['only']);
  });

  it.each([
    ['invalid_grant', ['new', 'old', 'old']],
    ['unauthorized_client', ['new', 'old', 'old']],
    // Says nothing about the client
    ['temporarily_unavailable', ['new', 'old', 'new', 'old']],
    ['token_response_invalid', ['new', 'old', 'new', 'old']],
  ])('remembers the other one after %s, if that says it was recognized', async (code, expected) => {
    const { asked, request } = server({ new: 'invalid_client', old: code as UpbondAuthErrorCode });
    const credentials = rotation('new', 'old');
    for (let round = 0; round < 2; round += 1) {
      await expect(credentials.run(request)).rejects.toMatchObject({ code });
    }
    expect(asked).toEqual(expected);
  });

  it('hands on what is no exception of ours', async () => {
    const failure = new Error('a bug');
    const request = () => Promise.reject(failure);
    await expect(rotation('new', 'old').run(request)).rejects.toBe(failure);
  });
});
