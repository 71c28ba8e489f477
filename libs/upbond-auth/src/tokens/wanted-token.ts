import type { FurtherToken, HeldTokens } from './held-tokens.js';
import type { TokenSet } from './token-set.js';

/** Refreshed this long before expiry when the caller does not say, in seconds. */
const USUAL_VALIDITY_SECONDS = 60;

/** Which access token a caller wants. */
export interface WantedToken {
  /** For which API; that of the login when absent. */
  readonly audience: string | undefined;
  /** Only these scope values, sorted; all that were granted when empty. */
  readonly scope: readonly string[];
  /** How long it has to be valid at least, in seconds; the usual time before expiry when absent. */
  readonly minimumValiditySeconds: number | undefined;
  /** An access token that an API has refused: it is not handed out again. */
  readonly refused: string | undefined;
}

/** The token set of the audience and scope that are wanted, whether it is still valid or not. */
export function matching(held: HeldTokens, wanted: WantedToken): TokenSet | undefined {
  const { furtherTokens, tokenSet } = held;
  const further = furtherTokens.find((one) => isFor(one, wanted));
  if (further) return further.tokenSet;
  return wanted.audience === undefined && wanted.scope.length === 0 ? tokenSet : undefined;
}

/** The access token that is wanted, if it is valid for long enough. */
export function sufficient(
  held: HeldTokens,
  wanted: WantedToken,
  now: number,
): TokenSet | undefined {
  const found = matching(held, wanted);
  if (!found || found.accessToken === wanted.refused) return undefined;
  const left = remaining(found, now);
  return left > 0 && left >= neededSeconds(found, wanted) ? found : undefined;
}

/** The access token that is wanted, if it has not expired yet: better than none while no refresh works. */
export function lastResort(
  held: HeldTokens,
  wanted: WantedToken,
  now: number,
): TokenSet | undefined {
  const found = matching(held, wanted);
  return found && found.accessToken !== wanted.refused && remaining(found, now) > 0
    ? found
    : undefined;
}

/** Whether this server's tokens never live as long as was asked for: another one would not, either. */
export function isBeyondLifetime(held: HeldTokens, wanted: WantedToken): boolean {
  const found = matching(held, wanted);
  const lifetime = found && lifetimeOf(found);
  return lifetime !== undefined && (wanted.minimumValiditySeconds ?? 0) > lifetime;
}

export function isFor(
  { audience, requestedScope }: FurtherToken,
  wanted: Pick<WantedToken, 'audience' | 'scope'>,
): boolean {
  return audience === wanted.audience && requestedScope.join(' ') === wanted.scope.join(' ');
}

/** Whether the same token would do for both. */
export function isSameWish(one: WantedToken, other: WantedToken): boolean {
  const text = ({ audience, scope, minimumValiditySeconds, refused }: WantedToken) =>
    JSON.stringify([audience, scope, minimumValiditySeconds, refused]);
  return text(one) === text(other);
}

function neededSeconds(tokenSet: TokenSet, wanted: WantedToken): number {
  if (wanted.minimumValiditySeconds !== undefined) return wanted.minimumValiditySeconds;
  // Tokens that live for a minute would otherwise be refreshed by every request
  return Math.min(USUAL_VALIDITY_SECONDS, (lifetimeOf(tokenSet) ?? Infinity) / 2);
}

/** How long the last of these access tokens is going to be valid, in seconds. */
export function longestLife({ tokenSet, furtherTokens }: HeldTokens, now: number): number {
  const all = [tokenSet, ...furtherTokens.map((further) => further.tokenSet)];
  return Math.max(...all.map((one) => remaining(one, now)));
}

/** Without an expiry it is valid until an API refuses it. */
function remaining({ expiresAt }: TokenSet, now: number): number {
  return expiresAt === undefined ? Infinity : expiresAt - now;
}

function lifetimeOf({ receivedAt, expiresAt }: TokenSet): number | undefined {
  return receivedAt === undefined || expiresAt === undefined ? undefined : expiresAt - receivedAt;
}
