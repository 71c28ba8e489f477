import type { ClientAuth } from 'oauth4webapi';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { assertionAudience } from './client-assertion.js';
import type { ClientAuthenticationConfig } from './client-authentication.js';
import { CredentialRotation } from './credential-rotation.js';
import { documentedEndpoints } from './endpoints.js';
import { StaleConnectionError } from './http-exchange.js';
import type { Http, HttpInit } from './http.js';
import { tryReadJson, type JsonObject } from './json.js';
import type { ServerMetadata } from './metadata.js';
import { describeError } from './token-error.js';
import { assertAvailable } from './unavailable.js';

type EndpointConfig = ClientAuthenticationConfig &
  Pick<UpbondAuthConfig, 'clientId' | 'clientAssertionAudience' | 'domain'>;

/** Metadata of a server that has a revocation endpoint. */
export interface RevocationMetadata extends Pick<
  ServerMetadata,
  'tokenEndpoint' | 'acceptedIssuers'
> {
  readonly revocationEndpoint: string;
}

/** RFC 7009 §2.1 wants a form; Login 3.0's page about its own path shows JSON. */
type Encoding = 'form' | 'json';

// A body that cannot be read is refused as malformed, or as one without client credentials
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([400, 401, 415]);

/** The revocation endpoint (RFC 7009). */
export class RevocationEndpoint {
  readonly #config: EndpointConfig;
  readonly #http: Http;
  readonly #credentials: CredentialRotation;
  /** What the endpoint understood last. */
  #understood: { readonly endpoint: string; readonly encoding: Encoding } | undefined;

  constructor(config: EndpointConfig, http: Http) {
    this.#config = config;
    this.#http = http;
    this.#credentials = new CredentialRotation(config);
  }

  /**
   * Revokes a refresh token; one that the server does not know counts as revoked (RFC 7009 §2.2).
   *
   * @throws UpbondAuthException `temporarily_unavailable`, `invalid_client` or `token_request_failed`,
   * without the token in their details
   */
  async revoke(
    refreshToken: string,
    metadata: RevocationMetadata,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#credentials.run((credential) =>
      this.#revokeWith(credential, refreshToken, metadata, signal),
    );
  }

  async #revokeWith(
    credential: ClientAuth,
    refreshToken: string,
    metadata: RevocationMetadata,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const refusals: Refusal[] = [];
    for (const encoding of this.#encodings(metadata.revocationEndpoint)) {
      const encoded = await this.#encode(credential, refreshToken, metadata, encoding);
      const response = await this.#send(metadata.revocationEndpoint, encoded, signal);
      if (response.ok) {
        this.#understood = { endpoint: metadata.revocationEndpoint, encoding };
        return;
      }
      refusals.push(await this.#refusal(response, encoding, refreshToken));
      if (!NOT_UNDERSTOOD.has(response.status)) break;
    }
    throw refused(refusals);
  }

  #encodings(endpoint: string): readonly Encoding[] {
    const isDocumented = endpoint === documentedEndpoints(this.#config.domain).revocation_endpoint;
    const usual: Encoding = isDocumented ? 'json' : 'form';
    const { encoding } =
      this.#understood?.endpoint === endpoint ? this.#understood : { encoding: usual };
    return encoding === 'json' ? ['json', 'form'] : ['form', 'json'];
  }

  async #encode(
    credential: ClientAuth,
    token: string,
    metadata: RevocationMetadata,
    encoding: Encoding,
  ): Promise<Pick<HttpInit, 'headers' | 'body'>> {
    const { clientId, clientAssertionAudience } = this.#config;
    const headers = new Headers({ accept: 'application/json' });
    const parameters = new URLSearchParams({ token });
    const issuer = assertionAudience(metadata, clientAssertionAudience);
    await credential({ issuer }, { client_id: clientId }, parameters, headers);
    return encoding === 'json' ? json(parameters, headers, clientId) : form(parameters, headers);
  }

  #send(
    endpoint: string,
    encoded: Pick<HttpInit, 'headers' | 'body'>,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const send = () => this.#http.fetch(endpoint, { method: 'POST', ...encoded, signal });
    // Revoking is idempotent, so a request that a closed connection swallowed is sent again
    return send().catch((error: unknown) => (isStale(error) ? send() : Promise.reject(error)));
  }

  async #refusal(response: Response, encoding: Encoding, refreshToken: string): Promise<Refusal> {
    const answer = await tryReadJson(response);
    const hint = describeError(answer, [refreshToken, ...this.#config.clientSecrets]);
    assertAvailable(response, 'the revocation endpoint', hint);
    return { text: `${response.status} to ${encoding}${hint}`, answer };
  }
}

/** What the endpoint answered to one encoding. */
interface Refusal {
  readonly text: string;
  readonly answer: JsonObject | undefined;
}

// In any encoding: the other one may be refused for its content type before the client is looked at
function refused(refusals: readonly Refusal[]): UpbondAuthException {
  const isClientRefused = refusals.some(({ answer }) => answer?.['error'] === 'invalid_client');
  const answers = refusals.map(({ text }) => text).join(', then ');
  return new UpbondAuthException(isClientRefused ? 'invalid_client' : 'token_request_failed', {
    detail: `the revocation endpoint answered ${answers}`,
  });
}

function isStale(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof StaleConnectionError;
}

function form(parameters: URLSearchParams, headers: Headers) {
  parameters.set('token_type_hint', 'refresh_token');
  headers.set('content-type', 'application/x-www-form-urlencoded');
  return { headers: Object.fromEntries(headers), body: parameters };
}

// The page requires client_id in the body, whichever way the client authenticates
function json(parameters: URLSearchParams, headers: Headers, clientId: string) {
  headers.set('content-type', 'application/json');
  const members = { ...Object.fromEntries(parameters), client_id: clientId };
  return { headers: Object.fromEntries(headers), body: JSON.stringify(members) };
}
