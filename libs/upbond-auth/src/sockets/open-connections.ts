import type { Connection } from './connection.js';

/** Together with the time that a revocation needs to get here, well below a second. */
const CHECK_MILLISECONDS = 250;

/** The connections that are open, with one timer for all of them that runs while there are any. */
export class OpenConnections {
  readonly #connections = new Set<Connection>();
  #timer: NodeJS.Timeout | undefined;

  /** @param now seconds since the epoch */
  constructor(private readonly now: () => number) {}

  get size(): number {
    return this.#connections.size;
  }

  /** Whether the timer runs. */
  get isWatching(): boolean {
    return this.#timer !== undefined;
  }

  add(connection: Connection): void {
    this.#connections.add(connection);
    this.#timer ??= setInterval(() => this.check(), CHECK_MILLISECONDS).unref();
  }

  delete(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  private check(): void {
    const now = this.now();
    for (const connection of this.#connections) {
      try {
        connection.check(now);
      } catch {
        // Of one client's line, in code that is not ours: the others must not stay open for it
      }
    }
  }
}
