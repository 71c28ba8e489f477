import type { ClientMetadata, JWK } from 'oidc-provider';
import type { UpbondEmulatorClient } from './clients.js';
import type { UpbondEmulatorHabits } from './habits.js';

function authMethodOf(client: UpbondEmulatorClient): string {
  if (client.tokenEndpointAuthMethod) return client.tokenEndpointAuthMethod;
  if (client.clientSecret !== undefined) return 'client_secret_post';
  return client.jwks === undefined ? 'none' : 'private_key_jwt';
}

function grantTypesOf({ redirectUris }: UpbondEmulatorClient, authMethod: string): string[] {
  const forUsers = redirectUris.length > 0 ? ['authorization_code', 'refresh_token'] : [];
  // RFC 6749 4.4: only confidential clients may use client credentials.
  return authMethod === 'none' ? forUsers : [...forUsers, 'client_credentials'];
}

/** The client in the words of OpenID Connect Dynamic Client Registration. */
export function clientMetadata(
  client: UpbondEmulatorClient,
  habits: UpbondEmulatorHabits,
): ClientMetadata {
  const authMethod = authMethodOf(client);
  return {
    client_id: client.clientId,
    ...(client.clientSecret === undefined ? {} : { client_secret: client.clientSecret }),
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris ?? [],
    response_types: client.redirectUris.length > 0 ? ['code'] : [],
    grant_types: grantTypesOf(client, authMethod),
    token_endpoint_auth_method: authMethod as NonNullable<
      ClientMetadata['token_endpoint_auth_method']
    >,
    id_token_signed_response_alg: client.idTokenSigningAlg ?? habits.signingAlg,
    ...(client.jwks === undefined ? {} : { jwks: { keys: client.jwks.keys as unknown as JWK[] } }),
    ...(client.backchannelLogoutUri === undefined
      ? {}
      : {
          backchannel_logout_uri: client.backchannelLogoutUri,
          backchannel_logout_session_required: habits.sid,
        }),
  };
}
