import {
  allowInsecureRequests,
  customFetch,
  introspectionRequest,
  type ClientAuth,
} from 'oauth4webapi';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { clientAuthentication } from './client-authentication.js';
import type { Http } from './http.js';
import { readJson, type JsonObject } from './json.js';
import type { ServerMetadata } from './metadata.js';
import { repeatable } from './repeatable.js';
import { assertAvailable, unavailable } from './unavailable.js';

type EndpointConfig = Parameters<typeof clientAuthentication>[0] &
  Pick<UpbondAuthConfig, 'clientId'>;

type KnownEndpoint = Pick<ServerMetadata, 'introspectionEndpoint' | 'acceptedIssuers'>;

/** The introspection endpoint (RFC 7662). */
export class IntrospectionEndpoint {
  readonly #clientId: string;
  readonly #fetch: Http['fetch'];
  readonly #authentication: ClientAuth;

  constructor(config: EndpointConfig, http: Http) {
    this.#clientId = config.clientId;
    this.#fetch = repeatable(http.fetch);
    this.#authentication = clientAuthentication(config);
  }

  /**
   * What the server says of a token, members unchecked; `undefined` when it is not active (§2.2).
   *
   * @throws UpbondAuthException `temporarily_unavailable` for whatever is no answer about the token,
   * a refusal of this client included
   */
  async introspect(
    token: string,
    metadata: KnownEndpoint,
    signal?: AbortSignal,
  ): Promise<JsonObject | undefined> {
    const response = await this.#request(token, metadata, signal);
    const what = 'the introspection endpoint';
    assertAvailable(response, what);
    if (response.status !== 200) throw unavailable(`${what} answered ${response.status}`);
    // Not processIntrospectionResponse: it reads any content type, a JWT included
    const answer = await readJson(response, 'the introspection', 'temporarily_unavailable');
    const { active } = answer;
    if (typeof active !== 'boolean')
      throw unavailable('the introspection says not if it is active');
    return active ? answer : undefined;
  }

  async #request(
    token: string,
    { introspectionEndpoint, acceptedIssuers }: KnownEndpoint,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    if (introspectionEndpoint === undefined)
      throw unavailable('no introspection endpoint is known');
    // The issuer is not sent; oauth4webapi wants one
    const issuer = acceptedIssuers[0] ?? introspectionEndpoint;
    const server = { issuer, introspection_endpoint: introspectionEndpoint };
    const client = { client_id: this.#clientId };
    const options = {
      additionalParameters: { token_type_hint: 'access_token' },
      [customFetch]: this.#fetch,
      [allowInsecureRequests]: introspectionEndpoint.startsWith('http:'),
      ...(signal ? { signal } : {}),
    };
    try {
      return await introspectionRequest(server, client, this.#authentication, token, options);
    } catch (error) {
      if (error instanceof UpbondAuthException) throw error;
      throw unavailable('the introspection request could not be made', error);
    }
  }
}
