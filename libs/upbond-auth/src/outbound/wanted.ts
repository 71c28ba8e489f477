import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { AccessTokenOptions } from '../guard/call.js';
import { sortedScope } from '../options/sorted-scope.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { audiencesOf } from '../tokens/audiences.js';
import type { HeldTokens } from '../tokens/held-tokens.js';
import { isBeyondLifetime, type WantedToken } from '../tokens/wanted-token.js';

type Declared = Pick<UpbondAuthConfig, 'audience' | 'audiences'>;

/**
 * What an application asks for, in the terms of what a session holds.
 *
 * @throws UpbondAuthException `audience_not_granted` for an audience that is not declared,
 * `access_token_too_short` where no token lives that long
 * @throws RangeError if `minimumValiditySeconds` is negative or no number
 */
export function wantedToken(
  held: HeldTokens,
  { audience, scope = [], minimumValiditySeconds }: AccessTokenOptions,
  config: Declared,
  refused: string | undefined,
): WantedToken {
  if (minimumValiditySeconds !== undefined && !(minimumValiditySeconds >= 0)) {
    throw new RangeError('minimumValiditySeconds must be a number of seconds, 0 or more');
  }
  const wanted: WantedToken = {
    audience: audience === undefined || isOfLogin(held, audience, config) ? undefined : audience,
    scope: sortedScope(scope),
    minimumValiditySeconds,
    refused,
  };
  if (wanted.audience !== undefined && !isDeclared(wanted.audience, config)) {
    throw new UpbondAuthException('audience_not_granted', {
      detail: 'the audience is neither that of the login nor declared in audiences or apis',
    });
  }
  if (isBeyondLifetime(held, wanted)) throw new UpbondAuthException('access_token_too_short');
  return wanted;
}

function isDeclared(audience: string, { audience: usual, audiences }: Declared): boolean {
  return audience === usual || audiences.includes(audience);
}

/** A login can have been for another audience than usual; its token says which, unless it is opaque. */
function isOfLogin({ tokenSet }: HeldTokens, audience: string, config: Declared): boolean {
  const audiences = audiencesOf(tokenSet.accessToken);
  return audiences === undefined ? audience === config.audience : audiences.includes(audience);
}
