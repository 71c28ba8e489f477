import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { isGenuineClick } from './genuine-click.js';

const CLICK: IncomingHttpHeaders = {
  accept: 'text/html',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-user': '?1',
};

describe('isGenuineClick', () => {
  it('is a click on a page of the application', () => {
    expect(isGenuineClick('GET', CLICK)).toBe(true);
  });

  const others: [string, IncomingHttpHeaders][] = [
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a sibling host', { 'sec-fetch-site': 'same-site' }],
    ['a typed address', { 'sec-fetch-site': 'none' }],
    ['no site', { 'sec-fetch-site': undefined }],
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a script', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a frame', { 'sec-fetch-dest': 'iframe' }],
    ['no destination', { 'sec-fetch-dest': undefined }],
    ['no person', { 'sec-fetch-user': undefined }],
    ['a person denied', { 'sec-fetch-user': '?0' }],
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
    ['a prerender', { 'sec-purpose': 'prefetch;prerender' }],
    ['an old prefetch', { purpose: 'prefetch' }],
    ['an old prefetch of Firefox', { 'x-moz': 'prefetch' }],
  ];
  it.each(others)('is not: %s', (_name, headers) => {
    expect(isGenuineClick('GET', { ...CLICK, ...headers })).toBe(false);
  });

  it.each(['HEAD', 'POST', 'OPTIONS'])('is not: %s', (method) => {
    expect(isGenuineClick(method, CLICK)).toBe(false);
  });

  it('is not: a browser without Fetch Metadata', () => {
    expect(isGenuineClick('GET', { accept: 'text/html' })).toBe(false);
  });
});
