import { describe, expect, it } from 'vitest';
import { isOwnRequest, isSafeMethod, needsOwnOrigin } from './request-site.js';

const OWN = 'https://app.example';
const ADMIN = 'https://admin.example';
const OWN_ONLY = { allowedOrigins: [OWN], dangerouslyAllowMissingOrigin: false };

describe('isOwnRequest', () => {
  it.each<[boolean, Record<string, string>]>([
    [true, { 'sec-fetch-site': 'same-origin' }],
    [true, { 'sec-fetch-site': 'none' }],
    [true, { origin: OWN }],
    [true, { 'sec-fetch-site': 'same-origin', origin: OWN }],
    // Fetch Metadata decides where there is any: a page cannot set it, and a proxy can rewrite Origin
    [true, { 'sec-fetch-site': 'same-origin', origin: 'http://internal.example' }],
    [false, { 'sec-fetch-site': 'cross-site', origin: OWN }],
    [false, { 'sec-fetch-site': 'cross-site' }],
    [false, { 'sec-fetch-site': 'same-site' }],
    [false, { 'sec-fetch-site': 'Same-Origin' }],
    [false, { 'sec-fetch-site': 'same-origin, cross-site' }],
    [false, { 'sec-fetch-site': '' }],
    [false, { 'sec-fetch-site': '', origin: OWN }],
    [false, { origin: 'null' }],
    [false, { origin: '' }],
    [false, { origin: 'https://evil.example' }],
    [false, { origin: 'http://app.example' }],
    [false, { origin: 'https://app.example:8443' }],
    [false, { origin: 'https://app.example.evil.example' }],
    [false, { origin: 'https://sub.app.example' }],
    [false, { origin: `${OWN}/` }],
    [false, { origin: `${OWN}, https://evil.example` }],
    [false, { referer: `${OWN}/page` }],
    [false, { host: 'app.example', 'x-forwarded-host': 'app.example' }],
    [false, {}],
  ])('is %s for %j', (expected, headers) => {
    expect(isOwnRequest(headers, OWN_ONLY)).toBe(expected);
  });
});

describe('isOwnRequest with other origins that are allowed', () => {
  it.each<[boolean, Record<string, string>]>([
    [true, { 'sec-fetch-site': 'same-site', origin: ADMIN }],
    [true, { 'sec-fetch-site': 'cross-site', origin: ADMIN }],
    [true, { origin: ADMIN }],
    [false, { 'sec-fetch-site': 'same-site', origin: 'https://evil.example' }],
    [false, { 'sec-fetch-site': 'same-site' }],
    [false, { 'sec-fetch-site': 'cross-site', origin: OWN }],
  ])('is %s for %j', (expected, headers) => {
    expect(isOwnRequest(headers, { ...OWN_ONLY, allowedOrigins: [OWN, ADMIN] })).toBe(expected);
  });
});

describe('isOwnRequest that may miss an origin', () => {
  it.each<[boolean, Record<string, string>]>([
    [true, {}],
    [false, { origin: 'null' }],
    [false, { 'sec-fetch-site': 'cross-site' }],
  ])('is %s for %j', (expected, headers) => {
    expect(isOwnRequest(headers, { ...OWN_ONLY, dangerouslyAllowMissingOrigin: true })).toBe(
      expected,
    );
  });
});

describe('isSafeMethod', () => {
  it.each([
    ['GET', true],
    ['HEAD', true],
    ['OPTIONS', true],
    ['POST', false],
    ['PUT', false],
    ['PATCH', false],
    ['DELETE', false],
    ['TRACE', false],
    ['CONNECT', false],
    ['QUERY', false],
    ['get', false],
    ['', false],
  ])('of %s is %s', (method, expected) => {
    expect(isSafeMethod(method)).toBe(expected);
  });
});

describe('needsOwnOrigin', () => {
  it.each<[string, string | undefined, boolean]>([
    ['GET', undefined, false],
    ['POST', undefined, true],
    ['GET', 'websocket', true],
    ['GET', 'WebSocket', true],
    ['GET', 'h2c, websocket', true],
    ['GET', 'websocket/13', true],
    ['GET', 'h2c', false],
    ['GET', 'websockets', false],
    ['CONNECT', undefined, true],
  ])('of %s with Upgrade: %s is %s', (method, upgrade, expected) => {
    expect(needsOwnOrigin(method, upgrade === undefined ? {} : { upgrade })).toBe(expected);
  });
});
