import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { randomBytes } from './random-bytes.js';

const VERSION = 1;
const KEY_ID_BYTES = 4;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES;

interface SealingKey {
  /** What a value that it sealed begins with: version and key id. */
  readonly header: Buffer;
  readonly key: Buffer;
}

/**
 * Encrypts and authenticates what travels through a browser, with AES-256-GCM under keys that HKDF
 * derives from the session secrets (RFC 5869).
 *
 * Each purpose has keys of its own, so that a transaction can never be read as a session. The
 * `context` of a value, such as the name of its cookie, is authenticated with it: a value moved to
 * another place does not open.
 *
 * Layout: version (1) · key id (4) · IV (12) · ciphertext · tag (16), in base64url.
 */
export class Sealer {
  readonly #keys: readonly SealingKey[];

  /** The first secret seals; all of them open. */
  constructor(secrets: readonly string[], purpose: string) {
    this.#keys = secrets.map((secret) => deriveKey(secret, purpose));
  }

  seal(plaintext: Uint8Array, context: string): string {
    const [newest] = this.#keys;
    if (!newest) throw new TypeError('a Sealer needs at least one secret');
    const { header, key } = newest;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(additionalData(header, context));
    const ciphertext = cipher.update(plaintext);
    cipher.final(); // in this mode it has no bytes left: it makes the tag
    return Buffer.concat([header, iv, ciphertext, cipher.getAuthTag()]).toString('base64url');
  }

  /** The plaintext, or nothing for whatever was not sealed here for this context. Never throws. */
  open(sealed: string, context: string): Buffer | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    // One spelling for one value (RFC 4648 §3.5): a consumed state must not come back in another one
    if (bytes.toString('base64url') !== sealed) return undefined;
    if (bytes.length < HEADER_BYTES + IV_BYTES + TAG_BYTES) return undefined;
    const start = bytes.subarray(0, HEADER_BYTES);
    const key = this.#keys.find(({ header }) => header.equals(start));
    return key && decrypt(key.key, bytes, context);
  }
}

function deriveKey(secret: string, purpose: string): SealingKey {
  const derived = Buffer.from(
    hkdfSync('sha256', secret, 'nestjs-upbond-auth', purpose, KEY_ID_BYTES + 32),
  );
  const id = derived.subarray(0, KEY_ID_BYTES);
  const header = Buffer.concat([Buffer.of(VERSION), id]);
  return { header, key: derived.subarray(KEY_ID_BYTES) };
}

function decrypt(key: Buffer, bytes: Buffer, context: string): Buffer | undefined {
  const iv = bytes.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(bytes.subarray(0, HEADER_BYTES), context));
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  try {
    const ciphertext = bytes.subarray(HEADER_BYTES + IV_BYTES, bytes.length - TAG_BYTES);
    const plaintext = decipher.update(ciphertext);
    decipher.final(); // in this mode it has no bytes left: it compares the tag
    return plaintext;
  } catch {
    return undefined; // the tag does not match
  }
}

function additionalData(header: Buffer, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context)]);
}
