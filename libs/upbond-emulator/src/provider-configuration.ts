import { randomBytes } from 'node:crypto';
import type { Configuration } from 'oidc-provider';
import { accessTokenCustomizer } from './access-token.js';
import type { AccessTokenTwins } from './access-token.js';
import { audienceFeature } from './audience.js';
import { loadExistingGrant, signIn } from './auto-login.js';
import { claimsByScope, findAccountAmong } from './claims.js';
import { clientMetadata } from './client-metadata.js';
import type { UpbondEmulatorHabits } from './habits.js';
import type { SigningKeys } from './keys.js';
import type { MemoryStore } from './memory-store.js';
import { renderError } from './message-page.js';
import type { EmulatorConfig } from './config.js';
import { scopesOf, textParameter } from './parameters.js';

export interface ProviderParts {
  config: EmulatorConfig;
  habits: UpbondEmulatorHabits;
  publicUrl: URL;
  keys: SigningKeys;
  store: MemoryStore;
  twins: AccessTokenTwins;
}

const cookieKeys = [randomBytes(32).toString('base64url')];

/** Cookies ignore ports: names of our own keep clear of the application on another port. */
const cookieNames = {
  session: 'upbond_emulator_session',
  interaction: 'upbond_emulator_interaction',
  resume: 'upbond_emulator_resume',
};

const signingAlgs = ['RS256', 'ES256', 'PS256'] as const;

type Context = Parameters<NonNullable<Configuration['renderError']>>[0];

/** oidc-provider drops `offline_access` unless consent is forced; Login 3.0 does not ask for that. */
function restoreOfflineAccess(ctx: Context): void {
  const { params } = ctx.oidc;
  if (!params || !scopesOf(textParameter(ctx.query, 'scope')).includes('offline_access')) return;
  const scope = `${textParameter(params, 'scope')} offline_access`;
  params['scope'] = scopesOf(scope).join(' ');
}

function features({ habits, publicUrl }: ProviderParts): NonNullable<Configuration['features']> {
  return {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    clientCredentials: { enabled: true },
    userinfo: { enabled: true },
    backchannelLogout: { enabled: true },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: habits.endSessionEndpoint },
    introspection: {
      enabled: habits.accessTokenProfile === 'opaque',
      // RFC 7662 2.1: whoever asks must show who they are; a public client cannot.
      allowedPolicy: (_ctx, client) => client.clientAuthMethod !== 'none',
    },
    revocation: {
      enabled: true,
      // RFC 7009 2.1: a token is revoked only by the client it was issued to.
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    resourceIndicators: audienceFeature(`${publicUrl.origin}/userinfo`, habits),
  };
}

function lifetimes({ config: { lifetimes: seconds } }: ProviderParts): Configuration['ttl'] {
  return {
    AccessToken: seconds.accessTokenSeconds,
    ClientCredentials: seconds.accessTokenSeconds,
    AuthorizationCode: seconds.codeSeconds,
    IdToken: seconds.idTokenSeconds,
    RefreshToken: seconds.refreshTokenSeconds,
    Session: seconds.sessionSeconds,
    Interaction: 3600,
    // What a refresh token may do must not be forgotten before the token expires.
    Grant: Math.max(seconds.refreshTokenSeconds, seconds.sessionSeconds),
  };
}

/** oidc-provider's configuration for Login 3.0's paths and habits. */
export function configurationOf(parts: ProviderParts): Configuration {
  const { config, habits, keys, store, twins } = parts;
  const { users, clients, autoLoginUser } = config;
  return {
    adapter: store.adapter,
    clients: clients.map((client) => clientMetadata(client, habits)),
    findAccount: findAccountAmong(users),
    claims: claimsByScope(users),
    scopes: ['openid', 'offline_access'],
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    enabledJWA: {
      idTokenSigningAlgValues: [...signingAlgs, 'HS256'],
      clientAuthSigningAlgValues: [...signingAlgs, 'RS384'],
    },
    pkce: { required: () => false },
    allowOmittingSingleRegisteredRedirectUri: true,
    rotateRefreshToken: () => habits.refreshTokenRotation,
    // /v2/logout ends the grants of a session itself.
    expiresWithSession: () => false,
    jwks: keys.jwks,
    cookies: {
      keys: cookieKeys,
      names: cookieNames,
      long: { signed: true },
      short: { signed: true },
    },
    routes: {
      authorization: '/authorize',
      token: '/oauth/token',
      revocation: '/oauth/revoke',
      introspection: '/oauth/introspect',
      userinfo: '/userinfo',
      jwks: '/.well-known/jwks.json',
      end_session: '/oidc/logout',
    },
    features: features(parts),
    ttl: lifetimes(parts) as NonNullable<Configuration['ttl']>,
    formats: { customizers: { jwt: accessTokenCustomizer(twins, habits) } },
    // The one hook that runs between the checks of a request and the search for a session.
    extraParams: {
      connection: (ctx) => {
        restoreOfflineAccess(ctx);
        signIn(ctx, autoLoginUser);
      },
    },
    loadExistingGrant: loadExistingGrant(() => autoLoginUser !== undefined),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    clientBasedCORS: (_ctx, origin, client) =>
      (client.redirectUris ?? []).some((uri) => new URL(uri).origin === origin),
    // oidc-provider's own refuses loopback addresses, where a developer's application listens.
    fetch: (input, init) => {
      const { dispatcher: _guard, ...rest } = { dispatcher: undefined, ...init };
      return fetch(input, rest);
    },
    renderError,
  };
}
