import * as oauth from 'oauth4webapi';
import type { UpbondEmulator } from '../index.js';
import { Browser } from './browser.js';
import type { Visit } from './browser.js';

export const insecure = { [oauth.allowInsecureRequests]: true } as const;

export const client: oauth.Client = { client_id: 'demo' };
export const secret = 'demo-secret-of-the-emulator-only';
export const redirectUri = 'http://localhost:3000/auth/callback';

export async function discover({
  issuer,
  url,
}: UpbondEmulator): Promise<oauth.AuthorizationServer> {
  const response = await fetch(`${url}/.well-known/openid-configuration`);
  return oauth.processDiscoveryResponse(new URL(issuer), response);
}

export interface Attempt {
  as: oauth.AuthorizationServer;
  url: URL;
  state: string;
  nonce: string;
  verifier: string;
}

export async function prepare(
  emulator: UpbondEmulator,
  parameters: Record<string, string> = {},
): Promise<Attempt> {
  const as = await discover(emulator);
  const attempt = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
  };
  const url = new URL(as.authorization_endpoint ?? '');
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: 'demo',
    redirect_uri: redirectUri,
    scope: 'openid profile email wallet offline_access',
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier),
    code_challenge_method: 'S256',
    ...parameters,
  }).toString();
  return { ...attempt, as, url };
}

/** Clicks through the pages as Hanako. */
export async function signIn(
  url: URL,
  browser = new Browser(),
  name = 'Hanako Yamada',
): Promise<Visit> {
  let visit = await browser.open(url);
  if (visit.page.includes(`>${name}</button>`)) visit = await visit.click(name);
  return visit.page.includes('value="allow"') ? visit.click('Allow') : visit;
}

export async function exchange(
  { as, state, nonce, verifier }: Attempt,
  visit: Pick<Visit, 'url'>,
  auth: oauth.ClientAuth = oauth.ClientSecretPost(secret),
): Promise<oauth.TokenEndpointResponse> {
  const callback = oauth.validateAuthResponse(as, client, visit.url, state);
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    callback,
    redirectUri,
    verifier,
    insecure,
  );
  return oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce });
}

/** The whole login: authorize, pages, code for tokens. */
export async function login(
  emulator: UpbondEmulator,
  parameters: Record<string, string> = {},
  browser = new Browser(),
): Promise<{
  tokens: oauth.TokenEndpointResponse;
  attempt: Attempt;
  visit: Visit;
  browser: Browser;
}> {
  const attempt = await prepare(emulator, parameters);
  const visit = await signIn(attempt.url, browser);
  return { tokens: await exchange(attempt, visit), attempt, visit, browser };
}

export async function postForm(url: string, form: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body: new URLSearchParams(form) });
}

export async function refresh(
  { url }: UpbondEmulator,
  refreshToken: string,
  more: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, string> }> {
  const response = await postForm(`${url}/oauth/token`, {
    grant_type: 'refresh_token',
    client_id: 'demo',
    client_secret: secret,
    refresh_token: refreshToken,
    ...more,
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
