import { DEFAULTS } from '../options/defaults.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import {
  accessTokenClaims,
  idTokenClaims,
  timesOf,
  type TestingClient,
  type TestingIdentity,
} from './testing-claims.js';
import type { TestingKeys } from './testing-keys.js';
import type { TestingLogin } from './testing-session.js';
import type { Variant } from './token-variants.js';

/** What tokens are made of. */
export interface TokenDraft {
  readonly issuer: string;
  readonly keys: TestingKeys;
  /** Seconds since the epoch. */
  readonly now: number;
  readonly identity: TestingIdentity;
  readonly variant: Variant;
  /** Of the application, if there is one. */
  readonly config: UpbondAuthConfig | undefined;
}

/** For tokens that no application of this process is to take. */
const NO_CONFIG = {
  clientId: 'testing',
  rolesClaim: DEFAULTS.rolesClaim,
  permissionsClaim: DEFAULTS.permissionsClaim,
};

export function signAccessToken(draft: TokenDraft, audience: string): Promise<string> {
  return sign(draft, accessTokenClaims(draft.identity, clientOf(draft), audience, times(draft)));
}

export function signIdToken(draft: TokenDraft): Promise<string> {
  return sign(draft, claimsOf(draft));
}

/** What a login would bring that happens now. */
export async function loginOf(draft: TokenDraft, config: UpbondAuthConfig): Promise<TestingLogin> {
  const claims = claimsOf(draft);
  const lifetime = config.sessionLifetimeSeconds + 1;
  const { iat, exp } = times(draft);
  return {
    claims,
    accessToken: await signAccessToken(draft, config.audience ?? `${draft.issuer}/userinfo`),
    idToken: await sign(draft, claims),
    scopes: draft.identity.scopes ?? [],
    receivedAt: iat,
    expiresAt: exp,
    at: draft.variant.timing === 'expired' ? draft.now - lifetime : draft.now,
  };
}

/**
 * The audience of tokens that the application takes.
 *
 * @throws Error when it takes none of this kit
 */
export function apiIdentifier(
  { accessTokenAudiences, accessTokenSigningAlgorithms }: UpbondAuthConfig,
  { algorithm }: TestingKeys,
): string {
  const [audience] = accessTokenAudiences;
  if (audience === undefined) throw new Error(NO_BEARER_TOKENS);
  if (accessTokenSigningAlgorithms.includes(algorithm)) return audience;
  throw new Error(
    `The application takes tokens with ${accessTokenSigningAlgorithms.join(' or ')} alone: its accessTokenSigningAlgorithms say so. Say createUpbondTesting({ algorithm: '${algorithm === 'ES256' ? 'RS256' : 'ES256'}' }), or allow ${algorithm}.`,
  );
}

const NO_BEARER_TOKENS =
  "The application takes no bearer tokens: its accessTokenAudiences are empty. If only the environment of production sets them, say createUpbondTesting({ options: { accessTokenAudiences: ['…'] } }).";

function claimsOf(draft: TokenDraft): UpbondClaims {
  const client = clientOf(draft);
  const audience = draft.variant.audience ?? client.clientId;
  return idTokenClaims(draft.identity, client, audience, times(draft));
}

function clientOf({ config, issuer, variant }: TokenDraft): TestingClient {
  const { clientId, rolesClaim, permissionsClaim } = config ?? NO_CONFIG;
  return { issuer: variant.issuer ?? issuer, clientId, rolesClaim, permissionsClaim };
}

function times({ variant, now }: TokenDraft) {
  return timesOf(variant.timing, now);
}

function sign({ keys, variant }: TokenDraft, claims: Readonly<Record<string, unknown>>) {
  return keys.sign(claims, variant.signature);
}
