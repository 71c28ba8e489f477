/** Injection token of the HTTP client that speaks to the authorization server. */
export const HTTP = Symbol('UPBOND_AUTH_HTTP');
