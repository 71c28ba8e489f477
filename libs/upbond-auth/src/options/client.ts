import { clientAssertionKeys } from './client-assertion-keys.js';
import { clientSecrets } from './client-secrets.js';
import { DEFAULTS } from './defaults.js';
import type { OptionPath } from './environment.js';
import type { Settings } from './settings.js';
import type { ClientAssertionAudience, ClientAuthenticationMethod } from './upbond-auth-options.js';
import { oneOf, requiredText, text } from './values.js';

const METHODS: readonly ClientAuthenticationMethod[] = [
  'client_secret_post',
  'client_secret_basic',
  'private_key_jwt',
  'none',
];
const AUDIENCES: readonly ClientAssertionAudience[] = ['issuer', 'token_endpoint'];

/** Who the application is at the authorization server. */
export function client(settings: Settings) {
  const method = authenticationMethod(settings);
  const isAudienceSet = settings.value('clientAssertionAudience') !== undefined;
  const fix = 'set it to the client id that UPBOND issued for this application.';
  return {
    clientId: printable(settings, 'clientId', requiredText(settings, 'clientId', fix)),
    clientSecrets: clientSecrets(settings, method),
    clientAuthentication: method,
    clientAssertionKeys: clientAssertionKeys(settings, method),
    clientAssertionAudience: isAudienceSet
      ? oneOf(settings, 'clientAssertionAudience', AUDIENCES)
      : DEFAULTS.clientAssertionAudience,
    audience: text(settings, 'audience'),
    accountId: printable(settings, 'accountId', text(settings, 'accountId')),
  };
}

function authenticationMethod(settings: Settings): ClientAuthenticationMethod | undefined {
  if (settings.value('clientAuthentication') !== undefined) {
    return oneOf(settings, 'clientAuthentication', METHODS);
  }
  const hasKeys = settings.value('clientAssertionKeys') !== undefined;
  return hasKeys ? 'private_key_jwt' : DEFAULTS.clientAuthentication;
}

// RFC 6749 appendix A.1: *VSCHAR
function printable(settings: Settings, path: OptionPath, value: string | undefined) {
  if (value === undefined || /^[\x20-\x7e]+$/.test(value)) return value;
  const problem = 'contains a character that is not printable ASCII.';
  return settings.refuse(path, problem, 'copy the value again, without formatting.');
}
