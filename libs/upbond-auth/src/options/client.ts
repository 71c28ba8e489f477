import { DEFAULTS } from './defaults.js';
import type { OptionPath } from './environment.js';
import type { Settings } from './settings.js';
import type { ClientAuthenticationMethod } from './upbond-auth-options.js';
import { oneOf, requiredText, text } from './values.js';

const METHODS: readonly ClientAuthenticationMethod[] = [
  'client_secret_post',
  'client_secret_basic',
  'none',
];

/** Who the application is at the authorization server. */
export function client(settings: Settings) {
  const isMethodSet = settings.value('clientAuthentication') !== undefined;
  const clientAuthentication = isMethodSet
    ? oneOf(settings, 'clientAuthentication', METHODS)
    : DEFAULTS.clientAuthentication;
  const fix = 'set it to the client id that UPBOND issued for this application.';
  return {
    clientId: printable(settings, 'clientId', requiredText(settings, 'clientId', fix)),
    clientSecret: clientSecret(settings, clientAuthentication),
    clientAuthentication,
    audience: text(settings, 'audience'),
    accountId: printable(settings, 'accountId', text(settings, 'accountId')),
  };
}

function clientSecret(settings: Settings, method: ClientAuthenticationMethod | undefined) {
  const isSet = settings.value('clientSecret') !== undefined;
  if (method === 'none' && isSet) {
    return settings.refuse(
      'clientSecret',
      'is set, although clientAuthentication is none: a public client has no secret.',
      `remove it, or set ${settings.label('clientAuthentication')} to client_secret_post.`,
    );
  }
  // Without a valid method nobody can say whether a secret is needed.
  if (isSet || method === 'none' || method === undefined) return text(settings, 'clientSecret');
  return settings.refuseMissing(
    'clientSecret',
    `set it to the secret that UPBOND issued with the client id. Only if the application is registered as a public client, set ${settings.label('clientAuthentication')} to none instead.`,
  );
}

// RFC 6749 appendix A.1: *VSCHAR
function printable(settings: Settings, path: OptionPath, value: string | undefined) {
  if (value === undefined || /^[\x20-\x7e]+$/.test(value)) return value;
  const problem = 'contains a character that is not printable ASCII.';
  return settings.refuse(path, problem, 'copy the value again, without formatting.');
}
