import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { discover } from './discovery.js';
import type { Http } from './http.js';
import type { Log } from './log.js';
import { MetadataCache } from './metadata-cache.js';
import { configuredMetadata, documentedMetadata, type ServerMetadata } from './metadata.js';
import type { Patience } from './waiting.js';

/** The other side: where its endpoints are and who it says it is. */
export class AuthorizationServer {
  readonly #configured: ServerMetadata | undefined;
  readonly #cache: MetadataCache;

  /** @param now milliseconds of a clock that does not go back; tests replace it */
  constructor(config: UpbondAuthConfig, http: Http, log: Log, now = () => performance.now()) {
    this.#configured = configuredMetadata(config);
    this.#cache = new MetadataCache({
      discover: () => discover(config, http, log),
      documented: () => documentedMetadata(config),
      now,
      log,
    });
  }

  /**
   * Endpoints and issuer: configured, else published, else documented.
   *
   * @param patience lets this caller give up; the request that others share goes on
   * @throws UpbondAuthException `temporarily_unavailable`
   */
  async metadata(patience?: Patience): Promise<ServerMetadata> {
    return this.#configured ?? this.#cache.get(patience);
  }
}
