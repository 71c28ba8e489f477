import { describe, expect, it } from 'vitest';
import { isUsableEndpoint } from './endpoints.js';

const STRICT = { allowInsecureHttp: false };

describe('isUsableEndpoint', () => {
  it.each([
    'https://host/authorize',
    'https://host/authorize?tenant=1',
    'https://host:8443/authorize',
    'http://localhost:3000/authorize',
    'http://a.localhost/authorize',
    'http://127.0.0.1:3000/authorize',
    'http://127.8.9.1/authorize',
    'http://[::1]:3000/authorize',
  ])('takes %s', (url) => expect(isUsableEndpoint(url, STRICT)).toBe(true));

  it.each([
    undefined,
    null,
    5,
    {},
    ['https://host/'],
    '',
    '/authorize',
    '//host/authorize',
    'host/authorize',
    'http://host/authorize',
    'http://localhost.evil.example/authorize',
    'http://127.0.0.1.evil.example/authorize',
    'http://evil.example/?localhost',
    'https:/host/authorize',
    'https:host/authorize',
    'https:\\\\host\\authorize',
    'HTTPS://host/authorize',
    'https://host/authorize#fragment',
    'https://host/authorize#',
    'https://user:secret@host/authorize',
    'https://user@host/authorize',
    ' https://host/authorize',
    'https://host/auth\norize',
    'https://host/ä',
    'https://',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    `https://host/${'x'.repeat(3000)}`,
  ])('refuses %j', (url) => expect(isUsableEndpoint(url, STRICT)).toBe(false));

  it('takes http of any host when that is allowed, and nothing else besides', () => {
    const allowed = { allowInsecureHttp: true };
    expect(isUsableEndpoint('http://host/authorize', allowed)).toBe(true);
    expect(isUsableEndpoint('ftp://host/authorize', allowed)).toBe(false);
    expect(isUsableEndpoint('http://user:secret@host/', allowed)).toBe(false);
  });
});
