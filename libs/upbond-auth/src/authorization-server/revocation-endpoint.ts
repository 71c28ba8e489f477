import type { ClientAuth } from 'oauth4webapi';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { clientAuthentication } from './client-authentication.js';
import { documentedEndpoints } from './endpoints.js';
import { StaleConnectionError } from './http-exchange.js';
import type { Http } from './http.js';
import { tryReadJson } from './json.js';
import { describeError } from './token-error.js';
import { assertAvailable } from './unavailable.js';

type EndpointConfig = Pick<
  UpbondAuthConfig,
  'clientId' | 'clientAuthentication' | 'clientSecret' | 'domain'
>;

/** RFC 7009 §2.1 wants a form; Login 3.0's page about its own path shows JSON. */
type Encoding = 'form' | 'json';

// A body that cannot be read is refused as malformed, or as one without client credentials
const NOT_UNDERSTOOD: ReadonlySet<number> = new Set([400, 401, 415]);

/** The revocation endpoint (RFC 7009). */
export class RevocationEndpoint {
  readonly #config: EndpointConfig;
  readonly #http: Http;
  readonly #authentication: ClientAuth;
  /** What the endpoint understood last. */
  #understood: { readonly endpoint: string; readonly encoding: Encoding } | undefined;

  constructor(config: EndpointConfig, http: Http) {
    this.#config = config;
    this.#http = http;
    this.#authentication = clientAuthentication(config);
  }

  /**
   * Revokes a refresh token; one that the server does not know counts as revoked (RFC 7009 §2.2).
   *
   * @throws UpbondAuthException `temporarily_unavailable` or `token_request_failed`, without the
   * token in their details
   */
  async revoke(refreshToken: string, endpoint: string, signal?: AbortSignal): Promise<void> {
    const refusals: string[] = [];
    for (const encoding of this.#encodings(endpoint)) {
      const response = await this.#request(refreshToken, endpoint, encoding, signal);
      if (response.ok) {
        this.#understood = { endpoint, encoding };
        return;
      }
      refusals.push(`${response.status} to ${encoding}${await this.#hint(response, refreshToken)}`);
      if (!NOT_UNDERSTOOD.has(response.status)) break;
    }
    throw new UpbondAuthException('token_request_failed', {
      detail: `the revocation endpoint answered ${refusals.join(', then ')}`,
    });
  }

  #encodings(endpoint: string): readonly Encoding[] {
    const isDocumented = endpoint === documentedEndpoints(this.#config.domain).revocation_endpoint;
    const usual: Encoding = isDocumented ? 'json' : 'form';
    const { encoding } =
      this.#understood?.endpoint === endpoint ? this.#understood : { encoding: usual };
    return encoding === 'json' ? ['json', 'form'] : ['form', 'json'];
  }

  async #request(
    token: string,
    endpoint: string,
    encoding: Encoding,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const { clientId } = this.#config;
    const headers = new Headers({ accept: 'application/json' });
    const parameters = new URLSearchParams({ token });
    await this.#authentication({ issuer: endpoint }, { client_id: clientId }, parameters, headers);
    const encoded =
      encoding === 'json' ? json(parameters, headers, clientId) : form(parameters, headers);
    const send = () => this.#http.fetch(endpoint, { method: 'POST', ...encoded, signal });
    // Revoking is idempotent, so a request that a closed connection swallowed is sent again
    return send().catch((error: unknown) => (isStale(error) ? send() : Promise.reject(error)));
  }

  async #hint(response: Response, refreshToken: string): Promise<string> {
    const secrets = [refreshToken, this.#config.clientSecret ?? ''].filter(Boolean);
    const hint = describeError(await tryReadJson(response), secrets);
    assertAvailable(response, 'the revocation endpoint', hint);
    return hint;
  }
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
