import { ownCopy } from './own-copy.js';

const MAX_REMEMBERED = 5000;

/** Longer than an authentication tag of AES-GCM in base64url, and no more than half of an ES256 signature. */
const END_CHARACTERS = 32;

interface Seen<Value> {
  readonly text: string;
  readonly value: Value;
}

/**
 * Remembers what was made of a text that proved itself genuine, so that the next request with the same
 * text need not prove it again. Bounded; the oldest give way. Whether a value is still valid is for its
 * reader to check on every request.
 *
 * A text is found by its end, which costs less than a digest of the whole, and then compared as a
 * whole: whatever differs anywhere is another text. Of two with the same end the later is remembered.
 *
 * **Security**: only for texts that end in a tag or a signature, and only once it was verified. How long
 * a comparison takes tells something about the remembered text, but only whoever sends its end gets as
 * far as a comparison, and nobody can guess that: the map looks for it by a hash with a secret seed.
 */
export class SeenTexts<Value> {
  readonly #seen = new Map<string, Seen<Value>>();
  /** Stands before the oldest; from the start of the map the way leads past all that was deleted. */
  #oldest: Iterator<string> | undefined;

  /** @param maxRemembered at least 1 */
  constructor(private readonly maxRemembered = MAX_REMEMBERED) {}

  get size(): number {
    return this.#seen.size;
  }

  get(text: string): Value | undefined {
    const seen = this.#seen.get(endOf(text));
    return seen?.text === text ? seen.value : undefined;
  }

  /** Replaces what was remembered for this text, and for one with the same end. */
  remember(text: string, value: Value): void {
    const own = ownCopy(text);
    const end = endOf(own);
    this.#seen.delete(end); // the newest is the last to give way
    if (this.#seen.size >= this.maxRemembered) this.forgetOldest();
    this.#seen.set(end, { text: own, value });
  }

  forget(text: string): void {
    this.#seen.delete(endOf(text));
  }

  private forgetOldest(): void {
    this.#oldest ??= this.#seen.keys();
    const { value: end } = this.#oldest.next();
    if (end !== undefined) this.#seen.delete(end);
  }
}

function endOf(text: string): string {
  return text.slice(-END_CHARACTERS);
}
