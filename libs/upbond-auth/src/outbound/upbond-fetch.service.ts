import { Inject, Injectable, Scope } from '@nestjs/common';
import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { AccessTokenOptions, Call } from '../guard/call.js';
import type { Api } from '../options/apis.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { AccessTokenService } from './access-token.service.js';
import { CurrentCallService } from './current-call.service.js';
import { RefusedTokens } from './refused-tokens.js';

/**
 * Injection token of the {@link UpbondFetch} of an instance with a name:
 * `@Inject(upbondFetchToken('admin'))`. That of the default instance is injected by its class.
 */
export function upbondFetchToken(name: string): string {
  return name === DEFAULT_INSTANCE ? 'UpbondFetch' : `UpbondFetch:${name}`;
}

/**
 * Calls other services with the access token of the caller: `fetch` that knows which token goes where, by
 * the option `apis` of {@link UpbondAuthOptions}.
 *
 * @example
 * ```ts
 * @Injectable()
 * class OrdersService {
 *   constructor(private readonly upbond: UpbondFetch) {}
 *
 *   async list(): Promise<unknown> {
 *     const response = await this.upbond.fetch('https://orders.example.com/orders');
 *     return response.json();
 *   }
 * }
 * ```
 */
@Injectable({ scope: Scope.TRANSIENT })
export class UpbondFetch {
  readonly #apis: ReadonlyMap<string, Api>;

  /** @hidden Nest makes it. */
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) config: UpbondAuthConfig,
    @Inject(AccessTokenService) private readonly accessTokens: AccessTokenService,
    @Inject(CurrentCallService) private readonly calls: CurrentCallService,
    @Inject(RefusedTokens) private readonly refused: RefusedTokens,
  ) {
    this.#apis = new Map(config.apis.map((api) => [api.origin, api]));
    calls.start();
  }

  /**
   * Like the global `fetch`, with the access token of the caller for the service at that origin in
   * `Authorization`. When the service answers 401, the token is refreshed and the request sent once more,
   * unless its body is a stream, which cannot be sent twice, or the token has just been refreshed for that.
   *
   * **Security**: nothing is sent to an origin that is not configured. A redirect to another origin goes
   * there without the token. The answer comes from outside; give `init.signal` a time-out.
   *
   * @param url - absolute
   * @param init - as of `fetch`; its `Authorization` header is replaced
   * @param request - the request, socket or message context; needed only outside of HTTP
   * @throws {@link UpbondAuthException} `origin_not_configured`, and the codes of
   * {@link TokenService.getAccessToken}
   * @throws TypeError as `fetch` does, when the service cannot be reached
   * @see RFC 6750 §2.1
   */
  async fetch(url: string | URL, init: RequestInit = {}, request?: object): Promise<Response> {
    const call = this.calls.get(request);
    // Of one's own: a URL object can be changed while the token is being fetched
    const target = new URL(url);
    const wanted = this.tokenFor(target);
    const accessToken = await this.accessTokens.obtain(call, wanted);
    const response = await send(target, init, accessToken);
    if (response.status !== 401 || isStream(init.body)) return response;
    // Of a service that refuses every token each call would cost a refresh
    if (this.refused.has(accessToken)) return response;
    const another = await this.another(call, wanted, accessToken);
    if (another === undefined) return response;
    await response.body?.cancel();
    const second = await send(target, init, another);
    if (second.status === 401) this.refused.add(another);
    return second;
  }

  private tokenFor({ origin }: URL): AccessTokenOptions {
    const api = this.#apis.get(origin);
    if (!api) {
      throw new UpbondAuthException('origin_not_configured', {
        detail: `no access token is sent to ${quoted(origin)}: add it to apis if it is yours`,
      });
    }
    const { audience, scope } = api;
    return { scope, ...(audience !== undefined && { audience }) };
  }

  /** Another token than the refused one; without one the 401 is the answer. */
  private async another(call: Call, wanted: AccessTokenOptions, refused: string) {
    try {
      return await this.accessTokens.obtain(call, wanted, refused);
    } catch {
      return undefined;
    }
  }
}

function send(url: URL, init: RequestInit, accessToken: string): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${accessToken}`);
  return fetch(url, { ...init, headers });
}

function isStream(body: RequestInit['body']): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}
