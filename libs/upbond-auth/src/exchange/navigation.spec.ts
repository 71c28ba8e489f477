import { describe, expect, it } from 'vitest';
import { acceptsHtml, isPageNavigation, isPrefetch } from './navigation.js';

const page = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

describe('isPageNavigation', () => {
  it.each<[boolean, string, string, Record<string, string>]>([
    [true, 'a page in the address bar', 'GET', page],
    [true, 'a page, whatever it accepts', 'GET', { ...page, accept: '*/*' }],
    [true, 'a browser without Fetch Metadata', 'GET', { accept: 'text/html,*/*;q=0.8' }],
    [false, 'a HEAD request', 'HEAD', page],
    [false, 'a form post', 'POST', page],
    [false, 'another method', 'DELETE', page],
    [false, 'a frame', 'GET', { ...page, 'sec-fetch-dest': 'iframe' }],
    [false, 'an embedded object', 'GET', { ...page, 'sec-fetch-dest': 'object' }],
    [false, 'navigation without a destination', 'GET', { 'sec-fetch-mode': 'navigate' }],
    [false, 'fetch', 'GET', { ...page, 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    [false, 'an image', 'GET', { ...page, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    [false, 'a web socket', 'GET', { ...page, 'sec-fetch-mode': 'websocket' }],
    [
      false,
      'an XMLHttpRequest',
      'GET',
      { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' },
    ],
    [false, 'curl', 'GET', { accept: '*/*' }],
    [false, 'a client without headers', 'GET', {}],
    [false, 'a prefetch', 'GET', { ...page, 'sec-purpose': 'prefetch' }],
    [false, 'a prerender', 'GET', { ...page, 'sec-purpose': 'prefetch;prerender' }],
  ])('is %s for %s', (expected, _, method, headers) => {
    expect(isPageNavigation(method, headers)).toBe(expected);
  });
});

describe('isPrefetch', () => {
  it.each<[boolean, Record<string, string>]>([
    [true, { 'sec-purpose': 'prefetch' }],
    [true, { 'sec-purpose': 'prefetch;anonymous-client-ip' }],
    [true, { 'sec-purpose': 'prefetch;prerender' }],
    [true, { purpose: 'prefetch' }],
    [true, { purpose: 'Prefetch' }],
    [true, { 'x-purpose': 'preview' }],
    [true, { 'x-moz': 'prefetch' }],
    [false, {}],
    [false, { purpose: 'reading' }],
    [false, { 'x-moz': 'microsummary' }],
  ])('is %s for %j', (expected, headers) => {
    expect(isPrefetch(headers)).toBe(expected);
  });
});

describe('acceptsHtml', () => {
  it.each<[boolean, Record<string, string>]>([
    [true, { accept: 'text/html' }],
    [true, { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }],
    [true, { accept: 'application/json;q=0.5, Text/HTML ; level=1' }],
    [true, { accept: 'text/html, application/json' }],
    [false, { accept: 'application/json, text/html;q=0.5' }],
    [false, { accept: 'text/html;q=0' }],
    [false, { accept: 'text/html;q=nonsense' }],
    [false, { accept: 'application/json' }],
    [false, { accept: '*/*' }],
    [false, {}],
  ])('is %s for %j', (expected, headers) => {
    expect(acceptsHtml(headers)).toBe(expected);
  });
});
