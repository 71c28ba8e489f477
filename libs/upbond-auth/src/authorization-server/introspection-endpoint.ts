import {
  allowInsecureRequests,
  customFetch,
  introspectionRequest,
  type ClientAuth,
} from 'oauth4webapi';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { assertionAudience } from './client-assertion.js';
import type { ClientAuthenticationConfig } from './client-authentication.js';
import { CredentialRotation } from './credential-rotation.js';
import type { Http } from './http.js';
import { readJson, type JsonObject } from './json.js';
import type { ServerMetadata } from './metadata.js';
import { repeatable } from './repeatable.js';
import { assertAvailable, unavailable } from './unavailable.js';

type EndpointConfig = ClientAuthenticationConfig &
  Pick<UpbondAuthConfig, 'clientId' | 'clientAssertionAudience'>;

type KnownEndpoint = Pick<
  ServerMetadata,
  'introspectionEndpoint' | 'tokenEndpoint' | 'acceptedIssuers'
>;

/** The introspection endpoint (RFC 7662). */
export class IntrospectionEndpoint {
  readonly #config: EndpointConfig;
  readonly #fetch: Http['fetch'];
  readonly #credentials: CredentialRotation;

  constructor(config: EndpointConfig, http: Http) {
    this.#config = config;
    this.#fetch = repeatable(http.fetch);
    this.#credentials = new CredentialRotation(config);
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
    try {
      return await this.#credentials.run(async (credential) =>
        read(await this.#request(credential, token, metadata, signal)),
      );
    } catch (error) {
      // It is not the fault of the token
      if (!(error instanceof UpbondAuthException) || error.code !== 'invalid_client') throw error;
      throw unavailable('the introspection endpoint refuses this client', error);
    }
  }

  async #request(
    credential: ClientAuth,
    token: string,
    metadata: KnownEndpoint,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const { introspectionEndpoint } = metadata;
    if (introspectionEndpoint === undefined)
      throw unavailable('no introspection endpoint is known');
    const { clientId, clientAssertionAudience } = this.#config;
    const issuer = assertionAudience(metadata, clientAssertionAudience);
    const server = { issuer, introspection_endpoint: introspectionEndpoint };
    const client = { client_id: clientId };
    const options = {
      additionalParameters: { token_type_hint: 'access_token' },
      [customFetch]: this.#fetch,
      [allowInsecureRequests]: introspectionEndpoint.startsWith('http:'),
      ...(signal ? { signal } : {}),
    };
    try {
      return await introspectionRequest(server, client, credential, token, options);
    } catch (error) {
      if (error instanceof UpbondAuthException) throw error;
      throw unavailable('the introspection request could not be made', error);
    }
  }
}

async function read(response: Response): Promise<JsonObject | undefined> {
  const what = 'the introspection endpoint';
  // RFC 7662 §2.3: the client is refused; its other credential may do
  if (response.status === 401) throw new UpbondAuthException('invalid_client');
  assertAvailable(response, what);
  if (response.status !== 200) throw unavailable(`${what} answered ${response.status}`);
  // Not processIntrospectionResponse: it reads any content type, a JWT included
  const answer = await readJson(response, 'the introspection', 'temporarily_unavailable');
  const { active } = answer;
  if (typeof active !== 'boolean') throw unavailable('the introspection says not if it is active');
  return active ? answer : undefined;
}
