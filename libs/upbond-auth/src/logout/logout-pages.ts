import { renderPage } from '../pages/page.js';

/** A page of the logout route, and its headers beside those of every page of ours. */
export interface LogoutPage {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks whoever did not click on the application's own logout link. */
export function logoutQuestion(): LogoutPage {
  const html = renderPage({
    title: 'Sign out?',
    text: 'You will be signed out of this application and of UPBOND Login.',
    button: 'Sign out',
  });
  // With no-referrer the form would be posted with `Origin: null`, and refused where the browser knows
  // no Fetch Metadata (Fetch Standard §3.2)
  return { html, headers: { 'Referrer-Policy': 'same-origin' } };
}

/**
 * Goes on to the logout at the authorization server. Not a redirect: as the answer to a form post the
 * policy `form-action 'self'` would block it.
 */
export function signedOutPage(logoutUrl: string): LogoutPage {
  const html = renderPage({
    title: 'Signing out',
    text: 'You are signed out of this application. Signing out of UPBOND Login comes next.',
    link: { href: logoutUrl, label: 'Continue' },
    navigate: true,
  });
  return { html, headers: {} };
}
