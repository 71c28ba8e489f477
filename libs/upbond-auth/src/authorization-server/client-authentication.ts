import { ClientSecretPost, None, type ClientAuth } from 'oauth4webapi';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';

type Credentials = Pick<UpbondAuthConfig, 'clientAuthentication' | 'clientSecret'>;

/** How the application proves who it is at the token endpoint (OpenID Connect Core §9). */
export function clientAuthentication(config: Credentials): ClientAuth {
  if (config.clientAuthentication === 'none') return None();
  const secret = config.clientSecret;
  if (!secret) throw new TypeError(`${config.clientAuthentication} needs a client secret`);
  return config.clientAuthentication === 'client_secret_basic'
    ? clientSecretBasic(secret)
    : ClientSecretPost(secret);
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
