import type { SessionTouch } from './session-store.js';

/**
 * When this process last prolonged which session, in bounded memory: so that it need not ask the store,
 * and prolongs a session no more often than it has to.
 */
export class RememberedTouches {
  readonly #touches = new Map<string, SessionTouch>();

  constructor(private readonly maxRemembered = 10_000) {}

  get(id: string): SessionTouch | undefined {
    return this.#touches.get(id);
  }

  remember(id: string, { lastSeenAt, idleExpiresAt }: SessionTouch): void {
    this.#touches.delete(id);
    this.#touches.set(id, { lastSeenAt, idleExpiresAt });
    const [oldest] = this.#touches.keys();
    if (this.#touches.size > this.maxRemembered && oldest !== undefined) this.forget(oldest);
  }

  forget(id: string): void {
    this.#touches.delete(id);
  }
}
