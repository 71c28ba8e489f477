import { DEFAULTS } from './defaults.js';
import { needsMetadata } from './metadata-need.js';
import type { Settings } from './settings.js';
import type { UpbondAuthConfig } from './upbond-auth-config.js';
import type { OpaqueAccessTokens } from './upbond-auth-options.js';
import { oneOf } from './values.js';

const WORDS: readonly OpaqueAccessTokens[] = ['refuse', 'introspection', 'dangerously-userinfo'];
const PATH = 'opaqueAccessTokens';

/** What decides whether anybody can be asked; `undefined` where it was refused itself. */
export type OpaqueTokenContext = {
  readonly [
    Name in
      | 'accessTokenAudiences'
      | 'clientAuthentication'
      | 'endpoints'
      | 'issuer'
      | 'oauthOnly'
      | 'idTokenSigningAlgorithms'
  ]: UpbondAuthConfig[Name] | undefined;
};

/** What becomes of opaque bearer tokens; refused where nobody could be asked about them. */
export function opaqueAccessTokens(
  settings: Settings,
  context: OpaqueTokenContext,
): OpaqueAccessTokens | undefined {
  if (settings.value(PATH) === undefined) return DEFAULTS.opaqueAccessTokens;
  const mode = oneOf(settings, PATH, WORDS);
  if (mode === undefined || mode === 'refuse') return mode;
  if (context.accessTokenAudiences?.length === 0) {
    return settings.refuse(
      PATH,
      'is set, although no bearer token is accepted at all.',
      `set ${settings.label('accessTokenAudiences')} to what this API is called, or remove this.`,
    );
  }
  // RFC 7662 §2.1: whoever asks must show who they are
  if (mode === 'introspection' && context.clientAuthentication === 'none') {
    return settings.refuse(
      PATH,
      'is introspection, which a public client may not use: clientAuthentication is none.',
      'use a client that has a secret, or refuse.',
    );
  }
  refuseMissingEndpoint(settings, mode, context);
  return mode;
}

/** With everything else configured no metadata is read that could name the endpoint. */
function refuseMissingEndpoint(
  settings: Settings,
  mode: OpaqueAccessTokens,
  { issuer, ...context }: OpaqueTokenContext,
): void {
  const { endpoints, oauthOnly, idTokenSigningAlgorithms } = context;
  if (!endpoints || oauthOnly === undefined || !idTokenSigningAlgorithms) return;
  const name = mode === 'introspection' ? 'introspectionEndpoint' : 'userinfoEndpoint';
  const path = `endpoints.${name}` as const;
  const config = { endpoints, issuer, oauthOnly, idTokenSigningAlgorithms };
  if (settings.value(path) !== undefined || needsMetadata(config)) return;
  settings.refuse(
    path,
    `is not set, although opaqueAccessTokens is ${mode}: as all other endpoints are configured, no metadata is read.`,
    'set it to an absolute URL.',
  );
}
