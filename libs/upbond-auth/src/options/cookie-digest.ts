import { createHash } from 'node:crypto';

const LENGTH = 6;

/**
 * Tells instance, issuer and client from others on the same host, because cookies ignore ports
 * (RFC 6265 §8.5). base64url uses only characters that cookie names may have (RFC 6265 §4.1.1).
 */
export function cookieDigest(name: string, issuer: string, clientId: string): string {
  const digest = createHash('sha256').update(`${name}\n${issuer}\n${clientId}`).digest('base64url');
  return digest.slice(0, LENGTH);
}
