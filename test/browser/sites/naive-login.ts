/** What the unprotected routes need to know of the shop. */
export interface ShopSettings {
  readonly url: string;
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export const SHOP_SETTINGS = Symbol('SHOP_SETTINGS');

/** Where the naive login of the shop comes back to. */
export function naiveRedirectUri({ url }: Pick<ShopSettings, 'url'>): string {
  return `${url}/unprotected/callback`;
}

/** An authorization request without state, nonce and PKCE, as the naive login would make it. */
export function naiveAuthorizationRequest(
  settings: ShopSettings,
  parameters: Readonly<Record<string, string>> = {},
): string {
  const request = new URL('/authorize', settings.loginUrl);
  request.searchParams.set('response_type', 'code');
  request.searchParams.set('client_id', settings.clientId);
  request.searchParams.set('redirect_uri', naiveRedirectUri(settings));
  request.searchParams.set('scope', 'openid profile');
  for (const [name, value] of Object.entries(parameters)) request.searchParams.set(name, value);
  return request.href;
}

/** Exchanges whatever code it is given for a name. */
export async function exchangeWithoutChecks(settings: ShopSettings, code: string): Promise<string> {
  const answer = await fetch(new URL('/oauth/token', settings.loginUrl), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: settings.clientId,
      client_secret: settings.clientSecret,
      redirect_uri: naiveRedirectUri(settings),
      code,
    }),
  });
  const { id_token: idToken = '' } = (await answer.json()) as { id_token?: string };
  const claims = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(claims) as { name: string }).name;
}
