// @ts-check
// AES-256-GCM in the shortest form, for the hand-written ceilings.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { COOKIE_SECRET } from '../harness/credentials.mjs';

const KEY = Buffer.from(COOKIE_SECRET);

/** @param {object} value */
export function seal(value) {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', KEY, iv);
  const parts = [iv, cipher.update(JSON.stringify(value)), cipher.final()];
  return Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64url');
}

/** Throws for whatever was not sealed here. @param {string} sealed @returns {any} */
export function open(sealed) {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', KEY, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  const text = decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
  return JSON.parse(text);
}
