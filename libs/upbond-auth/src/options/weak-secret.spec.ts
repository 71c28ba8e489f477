import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { weaknessOf } from './weak-secret.js';

describe('weaknessOf', () => {
  it.each([
    ['changeme', 'placeholder'],
    ['please-Change-Me-before-going-live!!!!!', 'placeholder'],
    ['your-session-key-of-at-least-32-bytes', 'placeholder'],
    ['my-super-secret-value-for-the-sessions', 'placeholder'],
    ['<output of openssl rand -base64 48 here>', 'placeholder'],
    ['${SESSION_KEY_THAT_NOBODY_EXPANDED_YET}', 'placeholder'],
    ['TODO: put thirty-two random bytes here.', 'placeholder'],
    ['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'placeholder'],
    ['kY8vX2pQ7rT4mN9bL3cZ6wF1hJ5sD0g', '31 bytes'],
    ['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '1 different'],
    ['abcabcabcabcabcabcabcabcabcabcabcabcabc', '3 different'],
    ['12345678901234567890123456789012', 'repeats'],
    ['0123456789abcdef0123456789abcdef', 'repeats'],
    ['abcdefghijklmnopqrstuvwxyz0123456789', 'sequence'],
  ])('refuses %s', (secret, reason) => {
    expect(weaknessOf(secret)).toContain(reason);
  });

  it('counts bytes, not characters', () => {
    expect(weaknessOf('äöüßéèêñçøåæœðþ¡')).toBeUndefined();
  });

  it.each(['base64', 'base64url', 'hex'] as const)('accepts random bytes in %s', (encoding) => {
    for (let round = 0; round < 500; round += 1) {
      expect(weaknessOf(randomBytes(48).toString(encoding))).toBeUndefined();
    }
  });
});
