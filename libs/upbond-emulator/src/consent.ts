import type { KoaContextWithOIDC } from 'oidc-provider';

type Grant = InstanceType<KoaContextWithOIDC['oidc']['provider']['Grant']>;

/** Allows the client everything it asked for, at the issuer and at each API. */
export function addRequestedScopes(grant: Grant, scope: string, resources: Iterable<string>): void {
  grant.addOIDCScope(scope);
  for (const resource of resources) grant.addResourceScope(resource, scope);
}

/** What a scope means, in the words of the consent page. */
const meanings: Readonly<Record<string, string>> = {
  openid: 'Know who you are',
  profile: 'Your profile: name and picture',
  email: 'Your e-mail address',
  wallet: 'The address of your wallet',
  phone: 'Your phone number',
  address: 'Your postal address',
  offline_access: 'Keep you signed in',
};

const verbs: Readonly<Record<string, string>> = {
  read: 'Read',
  write: 'Change',
  create: 'Create',
  update: 'Update',
  delete: 'Delete',
  manage: 'Manage',
};

/** `read:contacts` becomes “Read contacts”; a scope without a known shape keeps its own name. */
export function meaningOf(scope: string): string {
  const known = meanings[scope];
  if (known !== undefined) return known;
  const [verb, object] = scope.split(':');
  const word = verb === undefined ? undefined : verbs[verb];
  if (word !== undefined && object) return `${word} ${object.replaceAll(/[_-]/g, ' ')}`;
  return /^[a-z_]+$/.test(scope) ? `Your ${scope.replaceAll('_', ' ')}` : scope;
}
