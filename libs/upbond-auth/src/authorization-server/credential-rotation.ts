import type { ClientAuth } from 'oauth4webapi';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { clientAuthentications, type ClientAuthenticationConfig } from './client-authentication.js';

/**
 * The credentials of the client, of which there are two while a secret or a key is rotated. The one
 * that worked last is used; only when the server refuses it, the other one is tried, once.
 */
export class CredentialRotation {
  readonly #credentials: readonly ClientAuth[];
  #preferred = 0;

  constructor(config: ClientAuthenticationConfig) {
    this.#credentials = clientAuthentications(config);
  }

  /**
   * Makes a request, at most twice. A second time is harmless even with a code or a refresh token: with
   * `invalid_client` the server says that the client was not authenticated, which comes before
   * everything else in the request (RFC 6749 §3.2.1, §4.1.3 and §5.2), so nothing is spent.
   */
  async run<Result>(request: (credential: ClientAuth) => Promise<Result>): Promise<Result> {
    const first = this.#preferred;
    try {
      return await request(this.#at(first));
    } catch (error) {
      if (!isRefused(error) || this.#credentials.length < 2) throw error;
    }
    return this.#tryOther(1 - first, request);
  }

  async #tryOther<Result>(
    other: number,
    request: (credential: ClientAuth) => Promise<Result>,
  ): Promise<Result> {
    try {
      const result = await request(this.#at(other));
      this.#preferred = other;
      return result;
    } catch (error) {
      if (isAuthenticated(error)) this.#preferred = other;
      throw error;
    }
  }

  #at(index: number): ClientAuth {
    const credential = this.#credentials[index];
    if (!credential) throw new TypeError('there is no such client credential');
    return credential;
  }
}

function isRefused(error: unknown): boolean {
  return error instanceof UpbondAuthException && error.code === 'invalid_client';
}

// What a server says about a grant, it says to a client that it has recognized
const SAID_TO_RECOGNIZED: ReadonlySet<string> = new Set([
  'invalid_grant',
  'invalid_scope',
  'unauthorized_client',
]);

function isAuthenticated(error: unknown): boolean {
  return error instanceof UpbondAuthException && SAID_TO_RECOGNIZED.has(error.code);
}
