import type { AccountClaims, Configuration } from 'oidc-provider';
import type { UpbondEmulatorUser } from './users.js';

const profileClaims = [
  'name',
  'given_name',
  'family_name',
  'middle_name',
  'nickname',
  'preferred_username',
  'picture',
  'website',
  'gender',
  'birthdate',
  'zoneinfo',
  'locale',
  'updated_at',
];

/** Scopes named like the claim they release; UPBOND's own samples use them. */
const fieldScopes = [
  'first_name',
  'last_name',
  'gender',
  'birthdate',
  'phone_number',
  'age',
  'zip',
  'country',
];

const ownFields = new Set(['walletAddress', 'sub']);

/** Claims of users that no scope lists are released with `profile`. */
function customClaims(users: readonly UpbondEmulatorUser[], listed: Set<string>): string[] {
  const names = users.flatMap((user) => Object.keys(user));
  return [...new Set(names)].filter((name) => !listed.has(name) && !ownFields.has(name));
}

export function claimsByScope(users: readonly UpbondEmulatorUser[]): Record<string, string[]> {
  const scopes: Record<string, string[]> = {
    openid: ['sub'],
    profile: profileClaims,
    email: ['email', 'email_verified'],
    wallet: ['wallet_address'],
    phone: ['phone_number', 'phone_number_verified'],
    address: ['address'],
    ...Object.fromEntries(fieldScopes.map((name) => [name, [name]])),
  };
  const listed = new Set(Object.values(scopes).flat());
  return { ...scopes, profile: [...profileClaims, ...customClaims(users, listed)] };
}

/** All claims of a user; oidc-provider releases those that the granted scopes ask for. */
export function claimsOf(user: UpbondEmulatorUser): AccountClaims {
  const { walletAddress, ...claims } = user;
  const [givenName, ...rest] = user.name.split(' ');
  return {
    given_name: givenName,
    ...(rest.length > 0 ? { family_name: rest.join(' ') } : {}),
    email_verified: true,
    ...claims,
    ...(walletAddress === undefined ? {} : { wallet_address: walletAddress }),
  };
}

export function findAccountAmong(
  users: readonly UpbondEmulatorUser[],
): NonNullable<Configuration['findAccount']> {
  return (_ctx, sub) => {
    const user = users.find((candidate) => candidate.sub === sub);
    return user && { accountId: sub, claims: () => claimsOf(user) };
  };
}
