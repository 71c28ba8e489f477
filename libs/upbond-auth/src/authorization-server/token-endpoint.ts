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
import type { Deadline } from './deadline.js';
import type { Http, HttpInit } from './http.js';
import { isJson, tryReadJson } from './json.js';
import type { ServerMetadata } from './metadata.js';
import { describeError, tokenError } from './token-error.js';
import {
  clientCredentialsGrant,
  codeGrant,
  refreshGrant,
  type ClientCredentialsGrant,
  type CodeExchange,
  type Grant,
  type Refresh,
} from './token-grants.js';
import { checkTokenResponse, type TokenResponse } from './token-response.js';
import { assertAvailable, unavailable } from './unavailable.js';

/** A checked token response and when it came, in seconds since the epoch. */
export interface ReceivedTokens extends TokenResponse {
  readonly receivedAt: number;
}

type EndpointConfig = ClientAuthenticationConfig &
  Pick<UpbondAuthConfig, 'clientId' | 'clientAssertionAudience' | 'scope'>;

/** What ends a request before its time. */
type Bounds = Pick<HttpInit, 'signal' | 'deadline'>;

type EndpointMetadata = Pick<ServerMetadata, 'tokenEndpoint' | 'acceptedIssuers'>;

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
    exchange: CodeExchange,
    metadata: EndpointMetadata,
    deadline?: Deadline,
  ): Promise<ReceivedTokens> {
    return this.#receive(codeGrant(exchange, this.#config.scope), metadata, { deadline });
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
    refresh: Refresh,
    metadata: EndpointMetadata,
    signal?: AbortSignal,
  ): Promise<ReceivedTokens> {
    return this.#receive(refreshGrant(refresh), metadata, { signal });
  }

  /**
   * Gets an access token for the application itself (RFC 6749 §4.4). Nobody signed in, so a refresh
   * token or an ID token in the answer is ignored (§4.4.3).
   *
   * @throws UpbondAuthException as {@link TokenEndpoint.exchangeCode}
   */
  async clientCredentials(
    wanted: ClientCredentialsGrant,
    metadata: EndpointMetadata,
    signal?: AbortSignal,
  ): Promise<ReceivedTokens> {
    return this.#receive(clientCredentialsGrant(wanted), metadata, { signal });
  }

  #receive(grant: Grant, metadata: EndpointMetadata, bounds: Bounds): Promise<ReceivedTokens> {
    return this.#credentials.run(async (credential) => {
      const response = await this.#request(credential, grant, metadata, bounds);
      return this.#read(response, grant);
    });
  }

  async #request(
    credential: ClientAuth,
    { type, parameters, repeatUnsent }: Grant,
    metadata: EndpointMetadata,
    bounds: Bounds,
  ): Promise<Response> {
    const { clientId, clientAssertionAudience } = this.#config;
    const { tokenEndpoint } = metadata;
    const issuer = assertionAudience(metadata, clientAssertionAudience);
    const options = {
      [customFetch]: (url: string, init: HttpInit) =>
        this.#http.fetch(url, { ...init, ...bounds, repeatUnsent }),
      [allowInsecureRequests]: tokenEndpoint.startsWith('http:'),
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
    const members =
      grant.type === 'client_credentials'
        ? { ...json, refresh_token: undefined, id_token: undefined }
        : json;
    return Object.freeze({ ...checkTokenResponse(members, grant.scope), receivedAt });
  }
}

function invalid(detail: string): UpbondAuthException {
  return new UpbondAuthException('token_response_invalid', { detail });
}
