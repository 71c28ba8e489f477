/** What is handed to an express-session store: its cookie says when the entry expires. */
export interface ExpressRecord {
  /** As express-session's `Cookie`; no cookie of a browser is made of it. */
  readonly cookie: {
    /** How long the entry lives, in milliseconds. */
    readonly originalMaxAge?: number | null;
    /** When the entry expires. */
    readonly expires?: Date | string | null;
    /** Always `true`; some stores keep it. */
    readonly httpOnly?: boolean;
    /** Always `/`; some stores keep it. */
    readonly path?: string;
  };
}

/** How an express-session store answers. */
export type ExpressStoreCallback = (error?: unknown, record?: unknown) => void;

/**
 * Any store written for `express-session`, such as `connect-pg-simple`, `memorystore` or
 * `connect-mongo`; for `ExpressSessionStore`. Only its shape matters: `express-session` itself is not
 * needed.
 *
 * @see https://github.com/expressjs/session#session-store-implementation
 */
export interface ExpressCompatibleStore {
  /** Answers an entry, or nothing. */
  get(key: string, callback: ExpressStoreCallback): unknown;
  /** Writes an entry, whether or not there is one. */
  set(key: string, record: ExpressRecord, callback: ExpressStoreCallback): unknown;
  /** Removes an entry. */
  destroy(key: string, callback: ExpressStoreCallback): unknown;
  /** Changes when an existing entry expires. Optional in express-session, needed here. */
  touch?(key: string, record: ExpressRecord, callback: ExpressStoreCallback): unknown;
}

/** A store that can prolong an entry without writing it. */
export type TouchableStore = ExpressCompatibleStore &
  Required<Pick<ExpressCompatibleStore, 'touch'>>;

/** Whether a store can prolong an entry without writing it. */
export function isTouchable(store: ExpressCompatibleStore): store is TouchableStore {
  return typeof store.touch === 'function';
}
