import {
  allowInsecureRequests,
  customFetch,
  genericTokenEndpointRequest,
  type ClientAuth,
} from 'oauth4webapi';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { assertionAudience } from './client-assertion.js';
import type { ClientAuthenticationConfig } from './client-authentication.js';
import { CredentialRotation } from './credential-rotation.js';
import type { Http, HttpInit } from './http.js';
import { isJson, tryReadJson } from './json.js';
import type { ServerMetadata } from './metadata.js';
import { describeError, tokenError } from './token-error.js';
import { checkTokenResponse, type TokenResponse } from './token-response.js';
import { assertAvailable, unavailable } from './unavailable.js';

/** What the authorization response and the transaction bring to the exchange. */
export interface CodeExchange {
  readonly code: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
}

/** What a refresh takes (RFC 6749 §6). */
export interface Refresh {
  readonly refreshToken: string;
  /** What the refresh token stands for; the scope of the answer when it names none. */
  readonly grantedScope: readonly string[];
  /** The API that the new access token is for, when it is not the usual one. */
  readonly audience?: string | undefined;
  /** Only to ask for less than was granted. */
  readonly scope?: readonly string[] | undefined;
}

/** What the application asks for in its own name (RFC 6749 §4.4.2). */
export interface ClientCredentialsGrant {
  readonly audience: string;
  readonly scope?: readonly string[] | undefined;
}

/** A checked token response and when it came, in seconds since the epoch. */
export interface ReceivedTokens extends TokenResponse {
  readonly receivedAt: number;
}

type EndpointConfig = ClientAuthenticationConfig &
  Pick<UpbondAuthConfig, 'clientId' | 'clientAssertionAudience' | 'scope'>;

type EndpointMetadata = Pick<ServerMetadata, 'tokenEndpoint' | 'acceptedIssuers'>;

/** One token request, whichever credential it is made with. */
interface Grant {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** What must not be repeated in a log. */
  readonly secrets: readonly string[];
  /** The scope of an answer that names none (RFC 6749 §5.1). */
  readonly scope: readonly string[];
  /** Whether it may be tried again when no byte of it has left. */
  readonly repeatUnsent: boolean;
}

/** The token endpoint (RFC 6749 §3.2). */
export class TokenEndpoint {
  readonly #config: EndpointConfig;
  readonly #http: Http;
  readonly #credentials: CredentialRotation;

  constructor(config: EndpointConfig, http: Http) {
    this.#config = config;
    this.#http = http;
    this.#credentials = new CredentialRotation(config);
  }

  /**
   * Exchanges a code for tokens (RFC 6749 §4.1.3, RFC 7636 §4.5). Never repeated: a code is
   * single-use.
   *
   * @throws UpbondAuthException `temporarily_unavailable`, `token_response_invalid`,
   * `token_request_failed`, or the error code of the server's answer
   */
  async exchangeCode(
    { code, codeVerifier, redirectUri }: CodeExchange,
    metadata: EndpointMetadata,
    signal?: AbortSignal,
  ): Promise<ReceivedTokens> {
    const grant = {
      type: 'authorization_code',
      parameters: { code, code_verifier: codeVerifier, redirect_uri: redirectUri },
      secrets: [code, codeVerifier],
      scope: this.#config.scope,
      repeatUnsent: false,
    };
    return this.#receive(grant, metadata, signal);
  }

  /**
   * Gets new tokens for a refresh token (RFC 6749 §6). The answer has a `refreshToken` only when the
   * server gave a new one. Tried once more only if nothing was sent: a refresh token can be single-use,
   * and using it twice ends the grant (RFC 9700 §4.14.2).
   *
   * @throws UpbondAuthException as {@link TokenEndpoint.exchangeCode}; `invalid_grant` when the refresh
   * token is no longer good
   */
  async refresh(
    { refreshToken, grantedScope, audience, scope }: Refresh,
    metadata: EndpointMetadata,
    signal?: AbortSignal,
  ): Promise<ReceivedTokens> {
    const grant = {
      type: 'refresh_token',
      parameters: { refresh_token: refreshToken, ...restriction(audience, scope) },
      secrets: [refreshToken],
      scope: scope ?? grantedScope,
      repeatUnsent: true,
    };
    return this.#receive(grant, metadata, signal);
  }

  /**
   * Gets an access token for the application itself (RFC 6749 §4.4). Nobody signed in, so a refresh
   * token or an ID token in the answer is ignored (§4.4.3).
   *
   * @throws UpbondAuthException as {@link TokenEndpoint.exchangeCode}
   */
  async clientCredentials(
    { audience, scope }: ClientCredentialsGrant,
    metadata: EndpointMetadata,
    signal?: AbortSignal,
  ): Promise<ReceivedTokens> {
    const grant = {
      type: 'client_credentials',
      parameters: restriction(audience, scope),
      secrets: [],
      scope: scope ?? [],
      repeatUnsent: true,
    };
    return this.#receive(grant, metadata, signal);
  }

  #receive(
    grant: Grant,
    metadata: EndpointMetadata,
    signal: AbortSignal | undefined,
  ): Promise<ReceivedTokens> {
    return this.#credentials.run(async (credential) => {
      const response = await this.#request(credential, grant, metadata, signal);
      return this.#read(response, grant);
    });
  }

  async #request(
    credential: ClientAuth,
    { type, parameters, repeatUnsent }: Grant,
    metadata: EndpointMetadata,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const { clientId, clientAssertionAudience } = this.#config;
    const { tokenEndpoint } = metadata;
    const issuer = assertionAudience(metadata, clientAssertionAudience);
    const options = {
      [customFetch]: (url: string, init: HttpInit) =>
        this.#http.fetch(url, { ...init, repeatUnsent }),
      [allowInsecureRequests]: tokenEndpoint.startsWith('http:'),
      ...(signal ? { signal } : {}),
    };
    try {
      return await genericTokenEndpointRequest(
        { issuer, token_endpoint: tokenEndpoint },
        { client_id: clientId },
        credential,
        type,
        parameters,
        options,
      );
    } catch (error) {
      if (error instanceof UpbondAuthException) throw error;
      throw unavailable('the token request could not be made', error);
    }
  }

  async #read(response: Response, grant: Grant): Promise<ReceivedTokens> {
    const { status } = response;
    const secrets = [...grant.secrets, ...this.#config.clientSecrets];
    // Read under any status and content type: a refused grant must not pass for an outage. RFC 6749
    // §5.2 wants 400, but an error is an error
    const json = await tryReadJson(response);
    assertAvailable(response, 'the token endpoint', describeError(json, secrets));
    if (status >= 400 || json?.['error'] !== undefined) throw tokenError(status, json, secrets);
    if (status !== 200) throw invalid(`the token endpoint answered ${status}`);
    if (!isJson(response)) throw invalid('the token response is not called JSON');
    if (!json) throw invalid('the token response is not a JSON object');
    const receivedAt = Math.floor(Date.now() / 1000);
    const forApplication = { ...json, refresh_token: undefined, id_token: undefined };
    const members = grant.type === 'client_credentials' ? forApplication : json;
    return Object.freeze({ ...checkTokenResponse(members, grant.scope), receivedAt });
  }
}

// Named as in the authorization request; Login 3.0 calls the API `audience`
function restriction(
  audience: string | undefined,
  scope: readonly string[] | undefined,
): Record<string, string> {
  return {
    ...(audience !== undefined && { audience }),
    ...(scope && scope.length > 0 && { scope: scope.join(' ') }),
  };
}

function invalid(detail: string): UpbondAuthException {
  return new UpbondAuthException('token_response_invalid', { detail });
}
