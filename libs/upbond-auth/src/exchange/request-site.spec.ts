import { describe, expect, it } from 'vitest';
import {
  isOwnHandshake,
  isOwnRequest,
  isSafeMethod,
  isSafeOrOwnRequest,
  isUpgradeToWebSocket,
} from './request-site.js';

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

describe('isUpgradeToWebSocket', () => {
  it.each<[string | undefined, boolean]>([
    [undefined, false],
    ['websocket', true],
    ['WebSocket', true],
    ['h2c, websocket', true],
    ['websocket/13', true],
    ['h2c', false],
    ['websockets', false],
  ])('of %s is %s', (upgrade, expected) => {
    expect(isUpgradeToWebSocket(upgrade === undefined ? {} : { upgrade })).toBe(expected);
  });
});

describe('isOwnHandshake', () => {
  const upgrade = 'websocket';
  it.each<[boolean, Record<string, string>]>([
    [true, { upgrade, origin: OWN }],
    [true, { upgrade, origin: OWN, 'sec-fetch-site': 'same-origin' }],
    [false, { upgrade }],
    [false, { upgrade, 'sec-fetch-site': 'same-origin' }],
    [false, { upgrade, 'sec-fetch-site': 'none' }],
    [false, { upgrade: '' }],
    [false, { upgrade, origin: 'null' }],
    [false, { upgrade, origin: '' }],
    [false, { upgrade, origin: 'https://evil.example' }],
    // Unlike a request: a proxy that rewrites Origin has to be configured, or its origin allowed
    [false, { upgrade, origin: 'http://internal.example', 'sec-fetch-site': 'same-origin' }],
    [false, { upgrade, origin: OWN, 'sec-fetch-site': 'cross-site' }],
    // Long polling: browsers send no Origin with a GET to their own
    [true, { 'sec-fetch-site': 'same-origin' }],
    [true, { origin: OWN }],
    [false, {}],
    [false, { 'sec-fetch-site': 'cross-site' }],
    [false, { origin: 'https://evil.example' }],
  ])('is %s for %j', (expected, headers) => {
    expect(isOwnHandshake({ method: 'GET', headers }, OWN_ONLY)).toBe(expected);
  });

  it('other origins that are allowed may, from their own sites', () => {
    const own = { allowedOrigins: [OWN, ADMIN], dangerouslyAllowMissingOrigin: true };
    const may = (headers: Record<string, string>) =>
      isOwnHandshake({ method: 'GET', headers }, own);
    expect(may({ upgrade, origin: ADMIN, 'sec-fetch-site': 'cross-site' })).toBe(true);
    // No option lets an upgrade pass without Origin
    expect(may({ upgrade })).toBe(false);
    expect(may({})).toBe(true);
  });
});

describe('isSafeOrOwnRequest', () => {
  it.each([
    [true, 'GET', {}],
    [false, 'POST', {}],
    [true, 'POST', { origin: OWN }],
    [false, 'GET', { upgrade: 'websocket' }],
    [true, 'GET', { upgrade: 'websocket', origin: OWN }],
  ])('is %s for %s %j', (expected, method, headers) => {
    expect(isSafeOrOwnRequest({ method, headers }, OWN_ONLY)).toBe(expected);
  });
});
