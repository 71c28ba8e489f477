// Session secrets, keys of stored sessions and private keys never cross the wire: they are recognised
// where Node is given them, whichever test, option or variable they came from.
import crypto, { type BinaryLike } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { recordSecret } from './captured.js';

/** Private members of a JWK (RFC 7518 §6.2.2, §6.3.2 and §6.4). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'];

/** Notes what keys are derived from, and what private keys are made of. */
export function recordKeys(): void {
  const { hkdfSync, createPrivateKey } = crypto;
  crypto.hkdfSync = (digest, ikm: BinaryLike | crypto.KeyObject, ...rest) => {
    recordSecret('session secret', ikm);
    return hkdfSync(digest, ikm, ...rest);
  };
  crypto.createPrivateKey = (input) => {
    recordPrivateKey(input);
    return createPrivateKey(input);
  };
  syncBuiltinESMExports();
}

function recordPrivateKey(input: unknown): void {
  if (typeof input === 'string') return recordPem(input);
  if (typeof input !== 'object' || input === null || !('key' in input)) return;
  const { key } = input as { key: unknown };
  if (typeof key === 'string') return recordPem(key);
  if (typeof key !== 'object' || key === null) return;
  for (const member of PRIVATE_MEMBERS) recordSecret('private key', Reflect.get(key, member));
}

/** The lines between BEGIN and END: each of them is part of the key. */
function recordPem(pem: string): void {
  const lines = pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  for (const line of lines) recordSecret('private key', line.trim());
}
