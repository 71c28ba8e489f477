import { unavailable } from '../authorization-server/unavailable.js';
import { quoted } from '../errors/upbond-auth.exception.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { claimTypeProblem } from '../tokens/claim-types.js';
import {
  checkAccessTokenClaims,
  refuseToken,
  type AccessTokenClaims,
  type AccessTokenExpectations,
} from './access-token-claims.js';

type Answer = Readonly<Record<string, unknown>>;

/** What opaque tokens are held against; they have no profile, and are never ID tokens. */
export type OpaqueTokenExpectations = Omit<
  AccessTokenExpectations,
  'profile' | 'acceptsIdTokens'
> & {
  /** Until when an answer counts that does not say it itself, in seconds since the epoch. */
  readonly askAgainAt: number;
};

/**
 * The claims of an active token, as the authorization server says them (RFC 7662 §2.2). It need not say
 * `iss` and `exp`; what it says is held to the rules for signed tokens.
 *
 * @throws UpbondAuthException `invalid_token`
 */
export function introspectedClaims(
  answer: Answer,
  expected: OpaqueTokenExpectations,
): AccessTokenClaims {
  const { token_type, token_use = 'access_token', exp = expected.askAgainAt } = answer;
  // Refresh tokens are active, too: some servers leave the type out for them, some say token_use
  if (typeof token_type !== 'string' || token_type.toLowerCase() !== 'bearer') {
    refuseToken(`token_type is ${quoted(token_type)}, not Bearer`);
  }
  if (token_use !== 'access_token') refuseToken(`token_use is ${quoted(token_use)}`);
  const unsaid = { iss: expected.acceptedIssuers[0], exp: Number.MAX_SAFE_INTEGER };
  const rules = { ...expected, profile: 'login-3.0', acceptsIdTokens: false } as const;
  checkAccessTokenClaims({ ...unsaid, ...answer }, rules);
  return { ...answer, exp } as AccessTokenClaims;
}

/** What would be about the token, if it were in a token: of the user endpoint it is not believed. */
const OF_TOKENS = [
  'iss',
  'aud',
  'client_id',
  'azp',
  'scope',
  'acr',
  'amr',
  'auth_time',
  'iat',
  'nbf',
];

/**
 * The claims about the bearer (OpenID Connect Core §5.3.2). They say nothing of the token itself.
 *
 * @throws UpbondAuthException `temporarily_unavailable`: the token was accepted, the answer is malformed
 */
export function userinfoClaims(
  answer: UpbondClaims,
  { askAgainAt }: Pick<OpaqueTokenExpectations, 'askAgainAt'>,
): AccessTokenClaims {
  const problem = claimTypeProblem(answer);
  if (problem) throw unavailable(`the userinfo response: ${problem}`);
  const about = Object.entries(answer).filter(([name]) => !OF_TOKENS.includes(name));
  return { ...Object.fromEntries(about), sub: answer.sub, exp: askAgainAt };
}
