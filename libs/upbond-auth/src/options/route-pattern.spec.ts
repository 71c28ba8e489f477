import { describe, expect, it } from 'vitest';
import { takesPath } from './route-pattern.js';

describe('takesPath', () => {
  it.each([
    ['/auth/callback', '/auth/callback'],
    ['/auth/callback', '/auth/callback/'],
    ['/AUTH/callback', '/auth/Callback'],
    ['/auth/:step', '/auth/callback'],
    ['/:a/:b', '/auth/callback'],
    ['/auth/:step-:rest', '/auth/call-back'],
    ['/*splat', '/auth/callback'],
    ['/{*splat}', '/auth/callback'],
    ['/*', '/auth/callback'],
    ['/auth/*', '/auth/callback'],
    ['/auth{/:step}', '/auth/callback'],
    ['/auth{/:step{/:more}}', '/auth/callback'],
    ['/auth/callback{/:more}', '/auth/callback'],
  ])('%s takes %s', (pattern, path) => expect(takesPath(pattern, path)).toBe(true));

  it.each([
    ['/', '/auth/callback'],
    ['/auth', '/auth/callback'],
    ['/auth/callback/more', '/auth/callback'],
    ['/auth/callback/*rest', '/auth/callback'],
    ['/auth/call.ack', '/auth/callback'],
    ['/:one', '/auth/callback'],
    ['/auth/:step/:more', '/auth/callback'],
    ['/other/*splat', '/auth/callback'],
    ['/auth/x:rest', '/auth/callback'],
    // Neither Express 5 nor path-to-regexp 8 can read these
    ['/auth/(.*)', '/auth/callback'],
    ['/auth/:step?', '/auth/callback'],
    ['/auth/{callback', '/auth/callback'],
    ['/auth/callback}', '/auth/callback'],
  ])('%s does not take %s', (pattern, path) => expect(takesPath(pattern, path)).toBe(false));
});
