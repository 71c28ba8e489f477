import type { Log } from './log.js';
import type { ServerMetadata } from './metadata.js';
import { unavailable } from './unavailable.js';
import { joinOrBegin, type Patience } from './waiting.js';

/** Where {@link MetadataCache} takes its knowledge and its time from. */
export interface MetadataSource {
  /** The published metadata; `undefined` when the server has none. */
  readonly discover: () => Promise<ServerMetadata | undefined>;
  /** What holds while the server has never published any. */
  readonly documented: () => ServerMetadata;
  /** Milliseconds, from any clock that does not go back. */
  readonly now: () => number;
  readonly log: Log;
}

interface Known {
  readonly metadata: ServerMetadata;
  readonly isPublished: boolean;
  readonly at: number;
}

const MINUTE = 60_000;
const PUBLISHED_FRESH = 60 * MINUTE;
const PUBLISHED_GOOD = 24 * 60 * MINUTE;
const DOCUMENTED_FRESH = 5 * MINUTE;
const RETRY = MINUTE / 2;

/**
 * Keeps metadata for an hour, then serves it while it is renewed, up to a day. One request at a
 * time. A failure is never remembered, except that a background renewal waits 30 s to try again.
 */
export class MetadataCache {
  readonly #source: MetadataSource;
  #known: Known | undefined;
  #loading: Promise<ServerMetadata> | undefined;
  #renewAt = 0;

  constructor(source: MetadataSource) {
    this.#source = source;
  }

  async get(patience?: Patience): Promise<ServerMetadata> {
    const known = this.#good();
    if (!known) return joinOrBegin(this.#loading, () => this.#load(), patience);
    if (this.#isDue(known)) {
      this.#renewAt = this.#source.now() + RETRY;
      this.#load().catch((error: unknown) => this.#warnOldStays(error));
    }
    return known.metadata;
  }

  #good(): Known | undefined {
    if (!this.#known) return undefined;
    const limit = this.#known.isPublished ? PUBLISHED_GOOD : DOCUMENTED_FRESH;
    return this.#age(this.#known) < limit ? this.#known : undefined;
  }

  #isDue(known: Known): boolean {
    if (!known.isPublished || this.#age(known) < PUBLISHED_FRESH) return false;
    return !this.#loading && this.#source.now() >= this.#renewAt;
  }

  #age(known: Known): number {
    return this.#source.now() - known.at;
  }

  #load(): Promise<ServerMetadata> {
    this.#loading ??= this.#ask().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #ask(): Promise<ServerMetadata> {
    const published = await this.#source.discover();
    if (published) this.#assertSameIssuer(published);
    const metadata = published ?? this.#fallBack();
    this.#known = { metadata, isPublished: published !== undefined, at: this.#source.now() };
    return metadata;
  }

  #assertSameIssuer(published: ServerMetadata): void {
    const known = this.#good();
    if (!known?.isPublished || known.metadata.issuer === published.issuer) return;
    throw unavailable('the issuer in the metadata has changed');
  }

  #fallBack(): ServerMetadata {
    if (this.#known?.isPublished) throw unavailable('the metadata is no longer published');
    if (!this.#known) {
      this.#source.log.warn('Login 3.0 publishes no metadata: its documented paths are used.');
    }
    return this.#source.documented();
  }

  #warnOldStays(error: unknown): void {
    const { detail } = (error ?? {}) as { detail?: unknown };
    const reason = typeof detail === 'string' ? detail : 'unknown reason';
    this.#source.log.warn(`Metadata could not be renewed, the known one stays in use: ${reason}`);
  }
}
