import { hash } from 'node:crypto';

const MAX_REMEMBERED = 5000;

/**
 * Remembers what was opened, so that the next request with the same sealed text costs one hash instead
 * of decryption, decompression and parsing. Keyed by a digest of the text, and bounded. Whether a value
 * is still valid is for its reader to check on every request.
 */
export class OpenedValues<Value> {
  readonly #values = new Map<string, Value>();

  constructor(private readonly maxRemembered = MAX_REMEMBERED) {}

  get size(): number {
    return this.#values.size;
  }

  get(sealed: string, open: () => Value | undefined): Value | undefined {
    const digest = hash('sha256', sealed, 'base64');
    const known = this.#values.get(digest);
    if (known) return known;
    const value = open();
    if (value) this.remember(digest, value);
    return value;
  }

  private remember(digest: string, value: Value): void {
    if (this.#values.size >= this.maxRemembered) {
      const [oldest] = this.#values.keys();
      if (oldest !== undefined) this.#values.delete(oldest);
    }
    this.#values.set(digest, value);
  }
}
