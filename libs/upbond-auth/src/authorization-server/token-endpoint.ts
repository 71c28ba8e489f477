import {
  allowInsecureRequests,
  customFetch,
  genericTokenEndpointRequest,
  type ClientAuth,
} from 'oauth4webapi';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { clientAuthentication } from './client-authentication.js';
import type { Http } from './http.js';
import { readJson, tryReadJson } from './json.js';
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

/** A checked token response and when it came, in seconds since the epoch. */
export interface ReceivedTokens extends TokenResponse {
  readonly receivedAt: number;
}

type EndpointConfig = Pick<
  UpbondAuthConfig,
  'clientId' | 'clientAuthentication' | 'clientSecret' | 'scope'
>;

/** The token endpoint (RFC 6749 §3.2). */
export class TokenEndpoint {
  readonly #config: EndpointConfig;
  readonly #http: Http;
  readonly #authentication: ClientAuth;

  constructor(config: EndpointConfig, http: Http) {
    this.#config = config;
    this.#http = http;
    this.#authentication = clientAuthentication(config);
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
    metadata: Pick<ServerMetadata, 'tokenEndpoint' | 'acceptedIssuers'>,
    signal?: AbortSignal,
  ): Promise<ReceivedTokens> {
    const parameters = { code, code_verifier: codeVerifier, redirect_uri: redirectUri };
    const response = await this.#request('authorization_code', parameters, metadata, signal);
    return this.#read(response, [code, codeVerifier]);
  }

  async refresh(
    request: {
      refreshToken: string;
      grantedScope: readonly string[];
      audience?: string | undefined;
      scope?: readonly string[] | undefined;
    },
    metadata: Pick<ServerMetadata, 'tokenEndpoint' | 'acceptedIssuers'>,
    signal?: AbortSignal,
  ): Promise<ReceivedTokens> {
    const { refreshToken, audience, scope } = request;
    const parameters = {
      refresh_token: refreshToken,
      ...(audience && { audience }),
      ...(scope && { scope: scope.join(' ') }),
    };
    const response = await this.#request('refresh_token', parameters, metadata, signal);
    return this.#read(response, [refreshToken]);
  }

  async #request(
    grantType: string,
    parameters: Record<string, string>,
    { tokenEndpoint, acceptedIssuers }: Pick<ServerMetadata, 'tokenEndpoint' | 'acceptedIssuers'>,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    // The issuer is not sent; oauth4webapi wants one
    const server = { issuer: acceptedIssuers[0] ?? tokenEndpoint, token_endpoint: tokenEndpoint };
    const client = { client_id: this.#config.clientId };
    const options = {
      [customFetch]: this.#http.fetch,
      [allowInsecureRequests]: tokenEndpoint.startsWith('http:'),
      ...(signal ? { signal } : {}),
    };
    try {
      return await genericTokenEndpointRequest(
        server,
        client,
        this.#authentication,
        grantType,
        parameters,
        options,
      );
    } catch (error) {
      if (error instanceof UpbondAuthException) throw error;
      throw unavailable('the token request could not be made', error);
    }
  }

  async #read(response: Response, sent: readonly string[]): Promise<ReceivedTokens> {
    const secrets = [...sent, this.#config.clientSecret ?? ''].filter(Boolean);
    if (response.status >= 400) return refusal(response, secrets);
    if (response.status !== 200) {
      const detail = `the token endpoint answered ${response.status}`;
      throw new UpbondAuthException('token_response_invalid', { detail });
    }
    const json = await readJson(response, 'the token response', 'token_response_invalid');
    // RFC 6749 §5.2 wants 400, but an error is an error under any status
    if (json['error'] !== undefined) throw tokenError(200, json, secrets);
    const receivedAt = Math.floor(Date.now() / 1000);
    return Object.freeze({ ...checkTokenResponse(json, this.#config.scope), receivedAt });
  }
}

// The body is read under any content type: a refused grant must not pass for an outage
async function refusal(response: Response, secrets: readonly string[]): Promise<never> {
  const json = await tryReadJson(response);
  assertAvailable(response, 'the token endpoint', describeError(json, secrets));
  throw tokenError(response.status, json, secrets);
}
