import { setTimeout } from 'node:timers/promises';
import { Logger, type FactoryProvider, type InjectionToken, type Provider } from '@nestjs/common';
import { AuthorizationServer } from './authorization-server/authorization-server.js';
import { createHttp, type Http } from './authorization-server/http.js';
import { HTTP } from './authorization-server/http.provider.js';
import { IntrospectionEndpoint } from './authorization-server/introspection-endpoint.js';
import { JwksEndpoint } from './authorization-server/jwks-endpoint.js';
import { RevocationEndpoint } from './authorization-server/revocation-endpoint.js';
import { TokenEndpoint } from './authorization-server/token-endpoint.js';
import { UserinfoEndpoint } from './authorization-server/userinfo-endpoint.js';
import { LoginService } from './authorize/login.service.js';
import { TransactionSealer } from './authorize/transaction.js';
import { TransactionCookies } from './authorize/transaction-cookies.js';
import { CallbackService, CONSUMED_STATES } from './callback/callback.service.js';
import { IdTokenVerifier } from './tokens/id-token.js';
import { ServerSignature } from './tokens/server-signature.js';
import { UpbondStrategy } from './authorize/upbond.strategy.js';
import { cookieNames } from './cookies/cookie-names.js';
import { Sealer } from './cookies/seal.js';
import { UpbondAuthFilter } from './pages/upbond-auth.filter.js';
import { ExchangeService } from './exchange/exchange.service.js';
import { AccessTokenVerifier } from './guard/access-token.js';
import { BearerService } from './guard/bearer.service.js';
import { CallerEndService } from './guard/caller-end.service.js';
import { CallerService } from './guard/caller.service.js';
import { AdmissionService } from './guard/admission.service.js';
import { GraphqlConnections } from './guard/graphql-connections.service.js';
import { GraphqlEndService } from './guard/graphql-end.service.js';
import { GraphqlGuardService } from './guard/graphql-guard.service.js';
import { GuardService } from './guard/guard.service.js';
import { HttpGuardService } from './guard/http-guard.service.js';
import { OpaqueTokenInquiry } from './guard/opaque-token-inquiry.js';
import { OpaqueTokens } from './guard/opaque-tokens.js';
import { ProtectedResourceService } from './guard/protected-resource.service.js';
import { RefusalService } from './guard/refusal.service.js';
import { RpcGuardService } from './guard/rpc-guard.service.js';
import { ConnectedCallers } from './guard/connected-callers.js';
import { StepUpService } from './guard/step-up.service.js';
import { WsGuardService } from './guard/ws-guard.service.js';
import {
  BackchannelLogoutService,
  SEEN_LOGOUT_TOKENS,
} from './logout/backchannel-logout.service.js';
import { logoutTokenMemorySeconds } from './logout/logout-token-claims.js';
import { LogoutTokenVerifier } from './logout/logout-token.js';
import { LogoutService } from './logout/logout.service.js';
import { CLOCK, systemClock, type Clock } from './options/clock.provider.js';
import { CONFIG_PROVIDER, UPBOND_AUTH_CONFIG } from './options/config.provider.js';
import { ENVIRONMENT_PROVIDER } from './options/environment.provider.js';
import { RoutesHolder } from './options/routes.provider.js';
import type { UpbondAuthConfig } from './options/upbond-auth-config.js';
import { ClientCredentialsService } from './outbound/client-credentials.service.js';
import { SessionCookies } from './session/session-cookies.js';
import { RevocationService } from './session/revocation.service.js';
import { SessionPromisesService } from './session/session-promises.service.js';
import { SealedSessions } from './session/sealed-sessions.js';
import { SessionDigester } from './session/session-digests.js';
import { SESSION_CODEC } from './session/session-payload.js';
import { SESSIONS } from './session/sessions.provider.js';
import type { Sessions } from './session/sessions.js';
import { SessionService } from './session/session.service.js';
import { HANDLE_CODEC } from './session/store/session-handle.js';
import { StoredSessions } from './session/store/stored-sessions.js';
import { LocalRecords } from './shared-memory/local-records.js';
import { AccessTokenService } from './outbound/access-token.service.js';
import { CurrentCallService } from './outbound/current-call.service.js';
import { RefusedTokens } from './outbound/refused-tokens.js';
import { RefreshTokenService } from './outbound/refresh-token.service.js';
import { ACCESS_TOKENS } from './guard/call.js';
import { LEASE_SECONDS } from './tokens/lease.js';
import { RefreshCoordinator } from './tokens/refresh-coordinator.js';
import { TokenEndpointRefresh } from './tokens/refresh-grant.js';
import { SingleUse } from './shared-memory/single-use.js';
import { AdapterService } from './sockets/adapter.service.js';
import { GatewaysService } from './sockets/gateways.service.js';
import { HandshakeService } from './sockets/handshake.service.js';
import { SocketsService } from './sockets/sockets.service.js';

/** Everything that one instance of the module is made of; instances share nothing. */
export const INSTANCE_PROVIDERS: Provider[] = [
  ENVIRONMENT_PROVIDER,
  CONFIG_PROVIDER,
  { provide: CLOCK, useValue: systemClock },
  RoutesHolder,
  ExchangeService,
  UpbondAuthFilter,

  // The authorization server
  provide(HTTP, ({ deadlineSeconds }) => createHttp({ deadlineSeconds })),
  provide(
    AuthorizationServer,
    (config, http: Http) => new AuthorizationServer(config, http, new Logger('UpbondAuth')),
    HTTP,
  ),
  provide(TokenEndpoint, (config, http: Http) => new TokenEndpoint(config, http), HTTP),
  provide(UserinfoEndpoint, (config, http: Http) => new UserinfoEndpoint(config, http), HTTP),
  provide(RevocationEndpoint, (config, http: Http) => new RevocationEndpoint(config, http), HTTP),
  provide(JwksEndpoint, (_config, http: Http) => new JwksEndpoint(http), HTTP),

  provide(
    ServerSignature,
    (config, jwks: JwksEndpoint, now: Clock) => new ServerSignature(config, jwks, now),
    JwksEndpoint,
    CLOCK,
  ),

  // The request out and the response in
  provide(TransactionCookies, transactionCookies, CLOCK),
  provide(
    CONSUMED_STATES,
    (config, now: Clock) =>
      new SingleUse('state', config.transactionLifetimeSeconds, now, config.sharedMemory),
    CLOCK,
  ),
  provide(
    IdTokenVerifier,
    (config, signature: ServerSignature, now: Clock) =>
      new IdTokenVerifier(config, signature, new Logger('UpbondAuth'), now),
    ServerSignature,
    CLOCK,
  ),
  UpbondStrategy,
  LoginService,
  CallbackService,

  // What is remembered, who may pass, and the way out
  provide(SessionDigester, (config) => new SessionDigester(instanceLabel(config))),
  RevocationService,
  SessionPromisesService,
  provide(SESSIONS, sessions, SessionDigester, RevocationService, CLOCK),
  SessionService,
  provide(
    AccessTokenVerifier,
    accessTokenVerifier,
    AuthorizationServer,
    UserinfoEndpoint,
    HTTP,
    CLOCK,
  ),

  // Access tokens for other services
  provide(
    RefreshCoordinator,
    refreshCoordinator,
    AuthorizationServer,
    TokenEndpoint,
    IdTokenVerifier,
    CLOCK,
  ),
  RefreshTokenService,
  AccessTokenService,
  { provide: ACCESS_TOKENS, useExisting: AccessTokenService },
  CurrentCallService,
  RefusedTokens,

  BearerService,
  CallerService,
  RefusalService,
  StepUpService,
  AdmissionService,
  CallerEndService,
  GraphqlEndService,
  GraphqlConnections,
  HttpGuardService,
  RpcGuardService,
  GraphqlGuardService,
  ConnectedCallers,
  WsGuardService,
  GuardService,
  GatewaysService,
  HandshakeService,
  SocketsService,
  AdapterService,
  ProtectedResourceService,
  ClientCredentialsService,
  LogoutService,
  provide(LogoutTokenVerifier, logoutTokenVerifier, HTTP, CLOCK),
  provide(
    SEEN_LOGOUT_TOKENS,
    (config, now: Clock) =>
      new SingleUse(
        'jti',
        logoutTokenMemorySeconds(config.leewaySeconds),
        now,
        config.sharedMemory,
      ),
    CLOCK,
  ),
  BackchannelLogoutService,
];

/** A provider that is made from the configuration and some other providers. */
function provide(
  token: InjectionToken,
  // Nest hands the injected values over by position; each factory names their types itself
  // oxlint-disable-next-line typescript/no-explicit-any
  useFactory: (config: UpbondAuthConfig, ...injected: any[]) => unknown,
  ...inject: InjectionToken[]
): FactoryProvider {
  return { provide: token, useFactory, inject: [UPBOND_AUTH_CONFIG, ...inject] };
}

/** Keys of one instance open nothing of another, although both may have the same secret. */
function instanceLabel({ name, cookieDigest }: UpbondAuthConfig): string {
  return `${name} ${cookieDigest}`;
}

function transactionCookies(config: UpbondAuthConfig, now: Clock): TransactionCookies {
  return new TransactionCookies(
    new TransactionSealer(config.sessionSecrets, instanceLabel(config)),
    cookieNames(config.cookieDigest, config.secureCookies),
    config.transactionLifetimeSeconds,
    config.responseMode === 'form_post' ? 'none' : 'lax',
    now,
  );
}

/** With keys of its own, as for logout tokens: anybody can send a token with an invented key id. */
function accessTokenVerifier(
  config: UpbondAuthConfig,
  server: AuthorizationServer,
  userinfo: UserinfoEndpoint,
  http: Http,
  now: Clock,
): AccessTokenVerifier {
  const jwks = new JwksEndpoint(http);
  if (config.opaqueAccessTokens === 'refuse') {
    return new AccessTokenVerifier(config, server, jwks, now);
  }
  const isIntrospected = config.opaqueAccessTokens === 'introspection';
  const introspection = isIntrospected ? new IntrospectionEndpoint(config, http) : undefined;
  const inquiry = new OpaqueTokenInquiry(config, { server, introspection, userinfo }, now);
  const opaque = new OpaqueTokens(config, inquiry, now);
  return new AccessTokenVerifier(config, server, jwks, now, opaque);
}

/**
 * With keys of its own: anybody can post a token with an invented key id, and the pause that a vain
 * look for new keys is followed by must not hold up logins.
 */
function logoutTokenVerifier(config: UpbondAuthConfig, http: Http, now: Clock) {
  const signature = new ServerSignature(config, new JwksEndpoint(http), now);
  return new LogoutTokenVerifier(config, signature, now);
}

function refreshCoordinator(
  config: UpbondAuthConfig,
  server: AuthorizationServer,
  tokenEndpoint: TokenEndpoint,
  idTokens: IdTokenVerifier,
  now: Clock,
): RefreshCoordinator {
  const { deadlineSeconds } = config;
  return new RefreshCoordinator({
    grant: new TokenEndpointRefresh({ server, tokenEndpoint, idTokens, deadlineSeconds, now }),
    local: new LocalRecords(now),
    shared: config.sharedMemory,
    label: instanceLabel(config),
    // One that was killed leaves its lease behind; the next one makes a call
    patienceSeconds: LEASE_SECONDS + deadlineSeconds + 1,
    memorySeconds: config.sessionLifetimeSeconds,
    now,
    sleep: (seconds) => setTimeout(seconds * 1000),
  });
}

function sessions(
  config: UpbondAuthConfig,
  digests: SessionDigester,
  revocations: RevocationService,
  now: Clock,
): Sessions {
  const names = cookieNames(config.cookieDigest, config.secureCookies);
  const sealer = (purpose: string) =>
    new Sealer(config.sessionSecrets, `${instanceLabel(config)} ${purpose}`);
  if (!config.sessionStore) {
    const cookies = new SessionCookies(sealer('session'), names, SESSION_CODEC);
    return new SealedSessions(cookies, digests, revocations, config, now);
  }
  const cookies = new SessionCookies(sealer('session handle'), names, HANDLE_CODEC);
  return new StoredSessions(config.sessionStore, cookies, digests, revocations, config, now);
}
