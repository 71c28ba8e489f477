import { createHash } from 'node:crypto';

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Multicodec prefix of an Ed25519 public key (did:key method, section 3.1.2). */
const ed25519Prefix = Buffer.from([0xed, 0x01]);

function base58(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let encoded = '';
  while (rest > 0n) {
    encoded = `${alphabet.charAt(Number(rest % 58n))}${encoded}`;
    rest /= 58n;
  }
  return encoded;
}

/** A `did:key` that is the same for the same seed. Nobody holds its private key. */
export function didKeyOf(seed: string): string {
  const publicKey = createHash('sha256').update(seed).digest();
  return `did:key:z${base58(Buffer.concat([ed25519Prefix, publicKey]))}`;
}
