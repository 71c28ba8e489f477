import { UpbondEmulatorError } from './errors.js';
import type { SigningAlgorithm } from './habits.js';

/** An application registered at the emulator. */
export interface UpbondEmulatorClient {
  /** `client_id`. */
  clientId: string;
  /** `client_secret`; accepted in the body and as HTTP Basic alike. Leave it out for a public client. */
  clientSecret?: string;
  /** Callback URLs, compared exactly. Empty for a machine that only uses client credentials. */
  redirectUris: string[];
  /**
   * URLs that `/v2/logout` may return to, compared exactly.
   *
   * @default []
   */
  postLogoutRedirectUris?: string[];
  /**
   * How the client authenticates at the token endpoint.
   *
   * @default 'client_secret_post' with a secret, 'private_key_jwt' with `jwks`, otherwise 'none'
   */
  tokenEndpointAuthMethod?:
    'client_secret_post' | 'client_secret_basic' | 'none' | 'private_key_jwt';
  /** Public keys of a client that authenticates with `private_key_jwt`. */
  jwks?: {
    /** The keys. */
    keys: JsonWebKeyWithId[];
  };
  /**
   * Receives a logout token when a session with this client ends.
   *
   * @see {@link https://openid.net/specs/openid-connect-backchannel-1_0.html | Back-Channel Logout}
   */
  backchannelLogoutUri?: string;
  /**
   * Algorithm of this client's ID tokens.
   *
   * @default the habit `signingAlg`
   */
  idTokenSigningAlg?: SigningAlgorithm | 'HS256';
}

/** A public JSON Web Key (RFC 7517). */
export interface JsonWebKeyWithId {
  /** Key type, e.g. `RSA` or `EC`. */
  kty: string;
  /** Key identifier. */
  kid?: string;
  /** Other members of the key. */
  [member: string]: unknown;
}

export const demoClient: Readonly<UpbondEmulatorClient> = {
  clientId: 'demo',
  clientSecret: 'demo-secret-of-the-emulator-only',
  redirectUris: ['http://localhost:3000/auth/callback'],
  postLogoutRedirectUris: ['http://localhost:3000/'],
};

function problemOfUrls(name: string, urls: unknown): string | undefined {
  if (!Array.isArray(urls)) return `${name} must be an array of URLs`;
  const bad: unknown = urls.find((url) => typeof url !== 'string' || !URL.canParse(url));
  return bad === undefined
    ? undefined
    : `${name} has ${JSON.stringify(bad)}, which is no absolute URL`;
}

function problemOf(client: UpbondEmulatorClient): string | undefined {
  if (typeof client?.clientId !== 'string' || client.clientId === '')
    return 'clientId must be a text';
  return (
    problemOfUrls('redirectUris', client.redirectUris) ??
    problemOfUrls('postLogoutRedirectUris', client.postLogoutRedirectUris ?? [])
  );
}

export function resolveClients(
  clients: readonly UpbondEmulatorClient[] = [demoClient],
): UpbondEmulatorClient[] {
  if (!Array.isArray(clients) || clients.length === 0) {
    throw new UpbondEmulatorError(
      'invalid_options',
      'clients must be an array of at least one client.',
    );
  }
  for (const [index, client] of clients.entries()) {
    const problem = problemOf(client);
    if (problem) throw new UpbondEmulatorError('invalid_options', `clients[${index}]: ${problem}.`);
  }
  if (new Set(clients.map(({ clientId }) => clientId)).size !== clients.length) {
    throw new UpbondEmulatorError('invalid_options', 'Two clients have the same clientId.');
  }
  return clients.map((client) => ({ ...client }));
}
