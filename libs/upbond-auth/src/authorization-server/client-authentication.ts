import { ClientSecretPost, None, type ClientAuth } from 'oauth4webapi';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { clientAssertion } from './client-assertion.js';

/** What of the configuration says how the client authenticates. */
export type ClientAuthenticationConfig = Pick<
  UpbondAuthConfig,
  'clientAuthentication' | 'clientSecrets' | 'clientAssertionKeys'
>;

/**
 * How the application proves who it is at the token endpoint (OpenID Connect Core §9): one way, or two
 * while a secret or a key is rotated, in the order of the configuration.
 */
export function clientAuthentications(config: ClientAuthenticationConfig): readonly ClientAuth[] {
  const { clientAuthentication: method, clientSecrets, clientAssertionKeys } = config;
  if (method === 'none') return [None()];
  const ways =
    method === 'private_key_jwt'
      ? clientAssertionKeys.map(clientAssertion)
      : clientSecrets.map(method === 'client_secret_basic' ? clientSecretBasic : clientSecretPost);
  if (ways.length > 0) return ways;
  throw new TypeError(
    `${method} needs a ${method === 'private_key_jwt' ? 'key' : 'client secret'}`,
  );
}

// Called by map(), whose index must not become an option
function clientSecretPost(secret: string): ClientAuth {
  return ClientSecretPost(secret);
}

// Not oauth4webapi's: it also escapes `-`, `_`, `.` and `*`, which a server that compares the header
// without decoding it refuses, and which the encoding leaves alone
function clientSecretBasic(secret: string): ClientAuth {
  return (_server, client, _body, headers) => {
    const credentials = `${formEncode(client.client_id)}:${formEncode(secret)}`;
    headers.set('authorization', `Basic ${btoa(credentials)}`);
  };
}

// RFC 6749 §2.3.1 and appendix B
function formEncode(value: string): string {
  return new URLSearchParams([['', value]]).toString().slice(1);
}
