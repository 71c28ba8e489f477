const MOST = 1000;

/**
 * Logout tokens that were accepted but whose sessions could not be ended, such as while the session
 * store was down. They may come again, and then mean the same sessions as the first time. Which
 * tokens can be sent again at all is bounded by their age.
 */
export class UnfinishedLogouts {
  readonly #createdBefore = new Map<string, number>();

  /** Remembers which sessions a token meant; the oldest is forgotten when there are too many. */
  keep(id: string, createdBefore: number): void {
    this.#createdBefore.set(id, createdBefore);
    if (this.#createdBefore.size <= MOST) return;
    const [oldest] = this.#createdBefore.keys();
    if (oldest !== undefined) this.#createdBefore.delete(oldest);
  }

  /** The sessions that an unfinished token meant; it counts as finished from now on. */
  take(id: string): number | undefined {
    const createdBefore = this.#createdBefore.get(id);
    this.#createdBefore.delete(id);
    return createdBefore;
  }
}
