import { DEFAULTS } from './defaults.js';
import type { Settings } from './settings.js';
import type { AccessTokenSigningAlgorithm } from './upbond-auth-options.js';
import { alternatives, flag, words } from './values.js';

/** Which bearer access tokens are accepted, and where they say what their bearer may do. */
export function accessTokens(settings: Settings, clientId: string | undefined) {
  const dangerouslyAcceptIdTokens = flag(settings, 'dangerouslyAcceptIdTokens');
  return {
    dangerouslyAcceptIdTokens,
    accessTokenAudiences: audiences(settings, clientId),
    accessTokenSigningAlgorithms: signingAlgorithms(settings),
    rolesClaim: claimPath(settings, 'rolesClaim'),
    permissionsClaim: claimPath(settings, 'permissionsClaim'),
  };
}

function audiences(settings: Settings, clientId: string | undefined) {
  const path = 'accessTokenAudiences';
  const isSet = settings.value(path) !== undefined;
  const values = isSet ? words(settings, path) : [];
  if (!isSet || clientId === undefined || !values?.includes(clientId)) return values;
  return settings.refuse(
    path,
    'contains the client id, which is the audience of ID tokens: they would be taken for access tokens.',
    `use the identifier of the API. Only for clients that have nothing but ID tokens, remove it and set ${settings.label('dangerouslyAcceptIdTokens')} to true.`,
  );
}

function signingAlgorithms(settings: Settings): readonly AccessTokenSigningAlgorithm[] | undefined {
  const path = 'accessTokenSigningAlgorithms';
  if (settings.value(path) === undefined) return DEFAULTS.accessTokenSigningAlgorithms;
  const values = words(settings, path);
  if (values === undefined) return undefined;
  if (values.length > 0 && values.every(isKnown)) return values;
  return settings.refuse(
    path,
    values.length === 0 ? 'is empty.' : 'contains an algorithm that is not supported.',
    `use ${alternatives(DEFAULTS.accessTokenSigningAlgorithms)}: access tokens are verified with public keys.`,
  );
}

function isKnown(value: string): value is AccessTokenSigningAlgorithm {
  return DEFAULTS.accessTokenSigningAlgorithms.some((known) => known === value);
}

function claimPath(settings: Settings, path: 'rolesClaim' | 'permissionsClaim') {
  if (settings.value(path) === undefined) return DEFAULTS[path];
  const names = words(settings, path);
  if (names === undefined || names.length > 0) return names;
  return settings.refuse(path, 'is empty.', `name a claim, such as ${DEFAULTS[path].join(' ')}.`);
}
