import { hash } from 'node:crypto';
import type { Session } from './session.js';

const MAX_REMEMBERED = 5000;

/**
 * Remembers sessions that were opened, so that the next request with the same cookie costs one hash
 * instead of decryption, decompression and parsing. Keyed by a digest of the sealed text, bounded;
 * expiry is checked by the reader on every request.
 */
export class OpenedSessions {
  readonly #sessions = new Map<string, Session>();

  constructor(private readonly maxRemembered = MAX_REMEMBERED) {}

  get(sealed: string, open: () => Session | undefined): Session | undefined {
    const digest = hash('sha256', sealed, 'base64');
    const known = this.#sessions.get(digest);
    if (known) return known;
    const session = open();
    if (session) this.remember(digest, session);
    return session;
  }

  private remember(digest: string, session: Session): void {
    if (this.#sessions.size >= this.maxRemembered) {
      const [oldest] = this.#sessions.keys();
      this.#sessions.delete(oldest!);
    }
    this.#sessions.set(digest, session);
  }
}
