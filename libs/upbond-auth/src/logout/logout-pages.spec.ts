import { describe, expect, it } from 'vitest';
import { PAGE_HEADERS } from '../pages/page.js';
import { logoutQuestion, signedOutPage } from './logout-pages.js';

describe('the pages of the logout route', () => {
  it('ask with one button, which posts to the address of the page', () => {
    const { html, headers } = logoutQuestion();
    expect(html.match(/<(form|button|input|a)\b[^>]*>/g)).toEqual([
      '<form method="post">',
      '<button type="submit">',
    ]);
    expect(html).toContain('<h1>Sign out?</h1>');
    expect(html).not.toContain('http-equiv');
    // no-referrer would make browsers send `Origin: null`
    expect({ ...PAGE_HEADERS, ...headers }['Referrer-Policy']).toBe('same-origin');
    expect(PAGE_HEADERS['Content-Security-Policy']).toContain("form-action 'self'");
  });

  it('go on by themselves, with a link where that is switched off', () => {
    const { html } = signedOutPage('https://login.test/v2/logout?client_id=a&returnTo="b"');
    const href = 'https://login.test/v2/logout?client_id=a&amp;returnTo=&quot;b&quot;';
    expect(html).toContain(`<meta http-equiv="refresh" content="0; url=${href}">`);
    expect(html).toContain(`<a href="${href}">Continue</a>`);
    expect(html).not.toContain('<form');
  });
});
