import { allowInsecureRequests, customFetch, userInfoRequest } from 'oauth4webapi';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import type { Http } from './http.js';
import { readJson, type JsonObject } from './json.js';
import type { ServerMetadata } from './metadata.js';
import { assertAvailable, unavailable } from './unavailable.js';

type KnownEndpoint = Pick<ServerMetadata, 'userinfoEndpoint' | 'acceptedIssuers'>;

/** The user endpoint (OpenID Connect Core §5.3). */
export class UserinfoEndpoint {
  readonly #clientId: string;
  readonly #http: Http;

  constructor({ clientId }: Pick<UpbondAuthConfig, 'clientId'>, http: Http) {
    this.#clientId = clientId;
    this.#http = http;
  }

  /**
   * Asks who an access token belongs to. The caller compares `sub` with the ID token's (§5.3.2).
   *
   * @throws UpbondAuthException `userinfo_invalid` or `temporarily_unavailable`
   */
  async fetchUserinfo(
    accessToken: string,
    metadata: KnownEndpoint,
    signal?: AbortSignal,
  ): Promise<UpbondClaims> {
    return read(await this.#request(accessToken, metadata, signal));
  }

  /**
   * Asks about a token that came from outside: `undefined` when the server does not accept it.
   *
   * @throws UpbondAuthException `userinfo_invalid` or `temporarily_unavailable`
   */
  async lookUp(
    accessToken: string,
    metadata: KnownEndpoint,
    signal?: AbortSignal,
  ): Promise<UpbondClaims | undefined> {
    const response = await this.#request(accessToken, metadata, signal);
    return NOT_ACCEPTED.has(response.status) ? undefined : read(response);
  }

  async #request(
    accessToken: string,
    { userinfoEndpoint, acceptedIssuers }: KnownEndpoint,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    if (userinfoEndpoint === undefined) return refuse('no user endpoint is known');
    // The issuer is not sent; oauth4webapi wants one
    const issuer = acceptedIssuers[0] ?? userinfoEndpoint;
    const server = { issuer, userinfo_endpoint: userinfoEndpoint };
    const options = {
      [customFetch]: this.#http.fetch,
      [allowInsecureRequests]: userinfoEndpoint.startsWith('http:'),
      ...(signal ? { signal } : {}),
    };
    try {
      return await userInfoRequest(server, { client_id: this.#clientId }, accessToken, options);
    } catch (error) {
      if (error instanceof UpbondAuthException) throw error;
      throw unavailable('the userinfo request could not be made', error);
    }
  }
}

// RFC 6750 §3.1
const NOT_ACCEPTED: ReadonlySet<number> = new Set([400, 401, 403]);

async function read(response: Response): Promise<UpbondClaims> {
  assertAvailable(response, 'the user endpoint');
  if (response.status !== 200) refuse(`the user endpoint answered ${response.status}`);
  if (/^application\/jwt\b/i.test(response.headers.get('content-type') ?? '')) {
    refuse('the user endpoint sent a JWT: signed answers are not supported');
  }
  return checkClaims(await readJson(response, 'the userinfo response', 'userinfo_invalid'));
}

const LONGEST_SUB = 255;

// OpenID Connect Core §5.3.2 and §2
function checkClaims(json: JsonObject): UpbondClaims {
  const { sub } = json;
  if (typeof sub !== 'string' || sub === '') return refuse('the userinfo response has no sub');
  if (sub.length > LONGEST_SUB) return refuse(`sub is longer than ${LONGEST_SUB}`);
  return json as UpbondClaims;
}

function refuse(detail: string): never {
  throw new UpbondAuthException('userinfo_invalid', { detail });
}
