import type { TokenSet } from '../tokens/token-set.js';
import type { Session } from '../session/session.js';
import type { SessionStore } from '../session/store/session-store.js';
import type { SharedMemory } from '../shared-memory/shared-memory.js';

/** Any value that survives `JSON.parse(JSON.stringify(value))`. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue | undefined };

/** A JSON value with named members. */
export type JsonObject = { readonly [member: string]: JsonValue | undefined };

/**
 * How the application proves who it is at the token endpoint.
 * @see OpenID Connect Core §9
 */
export type ClientAuthenticationMethod =
  'client_secret_post' | 'client_secret_basic' | 'private_key_jwt' | 'none';

/** Signature algorithms of client assertions: the ones that Login 3.0 documents, and `ES256`. */
export type ClientAssertionAlgorithm = 'RS256' | 'PS256' | 'RS384' | 'ES256';

/** Who a client assertion is addressed to. */
export type ClientAssertionAudience = 'issuer' | 'token_endpoint';

/**
 * A key with which the application proves who it is (`private_key_jwt`).
 *
 * **Security**: whoever has the key is the application. Keep it where secrets are kept.
 * @see RFC 7523 §2.2
 */
export interface ClientAssertionKey {
  /**
   * The private key: PEM (PKCS#8, PKCS#1 or SEC 1), or a JSON Web Key (RFC 7517). RSA keys have at least
   * 2048 bits; `ES256` needs the curve P-256.
   */
  key: string | Readonly<Record<string, unknown>>;
  /**
   * The Key ID that Login 3.0 made for the key.
   * @default the `kid` of a JSON Web Key
   */
  keyId?: string;
  /**
   * How the key signs; as registered at Login 3.0.
   * @default the `alg` of a JSON Web Key
   */
  algorithm?: ClientAssertionAlgorithm;
}

/**
 * How the authorization response comes back.
 * @see OAuth 2.0 Multiple Response Type Encoding Practices §2.1
 */
export type ResponseMode = 'query' | 'form_post';

/** Signature algorithms that can be allowed for ID tokens. */
export type IdTokenSigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA' | 'HS256';

/** Signature algorithms that can be allowed for access tokens. */
export type AccessTokenSigningAlgorithm = Exclude<IdTokenSigningAlgorithm, 'HS256'>;

/**
 * What becomes of bearer tokens that are no JWTs; see {@link UpbondAuthOptions.opaqueAccessTokens}.
 * @see RFC 7662, OpenID Connect Core §5.3
 */
export type OpaqueAccessTokens = 'refuse' | 'introspection' | 'dangerously-userinfo';

/** The claims of a verified ID token, or the answer of the user endpoint (OpenID Connect Core §5.1). */
export interface UpbondClaims {
  /** Who signed in. Login 3.0 uses a DID, such as `did:key:…`. */
  readonly sub: string;
  readonly [claim: string]: JsonValue | undefined;
}

/** What the application's code may know of the request that starts a login. */
export interface LoginRequest {
  /** Headers of the request, names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Query parameters of the login route as they were parsed; values come from the browser. */
  readonly query: Readonly<Record<string, unknown>>;
  /** The local page that is shown after the login; already checked. */
  readonly returnTo: string;
}

/** A service that the application calls with the access token of its user. */
export interface ApiOptions {
  /** Where it is: scheme, host and port, such as `https://orders.example.com`. */
  readonly origin: string;
  /**
   * Identifier of the API.
   * @default that of the login
   */
  readonly audience?: string;
  /**
   * Only these scope values, space-separated or as a list.
   * @default all that were granted
   */
  readonly scope?: string | readonly string[];
}

/** Endpoints that are used instead of the ones in the authorization server's metadata. */
export interface EndpointOverrides {
  /** Where the browser is sent to sign in (RFC 6749 §3.1). */
  authorizationEndpoint?: string;
  /** Where a code is exchanged for tokens (RFC 6749 §3.2). */
  tokenEndpoint?: string;
  /** Where the keys of the authorization server are (RFC 7517 §5). */
  jwksUri?: string;
  /** Where claims about the user are (OpenID Connect Core §5.3). */
  userinfoEndpoint?: string;
  /** Where refresh tokens are revoked at a logout (RFC 7009 §2). */
  revocationEndpoint?: string;
  /** Where opaque access tokens are asked about (RFC 7662 §2). */
  introspectionEndpoint?: string;
  /** Where the browser is sent to sign out of Login 3.0: its `/v2/logout`. */
  logoutEndpoint?: string;
}

/**
 * Paths of the routes, as Nest route paths: a global prefix is put in front of them. Those of an
 * instance with a name begin with `/auth/<name>` by default.
 */
export interface RoutePaths {
  /** @default '/auth/login' */
  login?: string;
  /** @default '/auth/logout' */
  logout?: string;
  /**
   * Where Login 3.0 posts logout tokens; registered there as the back-channel logout URI.
   * @default '/auth/backchannel-logout'
   * @see OpenID Connect Back-Channel Logout 1.0 §2.2
   */
  backchannelLogout?: string;
  /**
   * Where clients learn which authorization server issues tokens for this API. It is served when the
   * first of `accessTokenAudiences` that is a URL says what the API is called; `false` turns it off.
   * @default '/.well-known/oauth-protected-resource'
   * @see RFC 9728 §3
   */
  protectedResourceMetadata?: string | false;
}

/**
 * What the application configures. Everything is optional here, because everything that is a string
 * can come from the environment through `@nestjs/config` instead; an option wins over its variable.
 *
 * For an instance with a `name`, the variables carry it: `UPBOND_ADMIN_CLIENT_ID` for
 * `name: 'admin'`.
 */
export interface UpbondAuthOptions {
  /**
   * Identifier of the application at Login 3.0. Variable: `UPBOND_CLIENT_ID`. Required.
   * @see RFC 6749 §2.2
   */
  clientId?: string;
  /**
   * Secret of the application; while it is rotated, the new one and the old one. The first is used, and
   * the other one when the server refuses it with `invalid_client`; the one that works is remembered.
   * Variable: `UPBOND_CLIENT_SECRET`, two separated by a comma. Required unless `clientAuthentication` is
   * `none` or `private_key_jwt`.
   */
  clientSecret?: string | readonly string[];
  /**
   * Absolute URL of the callback as the browser sees it and as it is registered at Login 3.0. The
   * callback route is served at its path; its scheme decides whether cookies are `Secure`.
   * Variable: `UPBOND_REDIRECT_URI`. Required.
   * @see RFC 6749 §3.1.2
   */
  redirectUri?: string;
  /**
   * Secrets that seal cookies, newest first: the first one seals, all of them open. Each at least 32
   * bytes, made by `openssl rand -base64 48`. Variable: `UPBOND_SESSION_SECRET`, comma-separated.
   * Required.
   */
  sessionSecret?: string | readonly string[];
  /**
   * The Login 3.0 domain: `host`, `https://host` and `https://host/` mean the same. Variable:
   * `UPBOND_DOMAIN`.
   * @default 'https://auth3.upbond.io'
   */
  domain?: string;
  /**
   * Exact issuer identifier, when it must not be learned from the metadata. Variable:
   * `UPBOND_ISSUER`.
   * @default the `issuer` of the metadata; without metadata `https://host` or `https://host/`
   * @see OpenID Connect Discovery §4.3
   */
  issuer?: string;
  /**
   * Requested scope. `openid` is always added unless `dangerouslyAllowOAuthOnly` is set. Variable:
   * `UPBOND_SCOPE`, space-separated.
   * @default 'openid profile email'
   * @see RFC 6749 §3.3
   */
  scope?: string | readonly string[];
  /** Identifier of the API that the access token is for. Variable: `UPBOND_AUDIENCE`. */
  audience?: string;
  /**
   * Identifiers of further APIs that {@link TokenService} may get access tokens for, by the refresh
   * token of the session. Those named in `apis` are among them. Variable: `UPBOND_AUDIENCES`,
   * space-separated.
   * @default []
   * @see RFC 6749 §6
   */
  audiences?: readonly string[];
  /**
   * Services that {@link UpbondFetch} may send access tokens to, by their origin.
   *
   * **Security**: a token is sent to these origins and to no other.
   * @default []
   */
  apis?: readonly ApiOptions[];
  /**
   * How the application authenticates at the token endpoint. Variable:
   * `UPBOND_CLIENT_AUTHENTICATION`.
   * @default 'client_secret_post' (`private_key_jwt` when `clientAssertionKeys` is set)
   * @see OpenID Connect Core §9
   */
  clientAuthentication?: ClientAuthenticationMethod;
  /**
   * The key that signs client assertions for `private_key_jwt`; while it is rotated, two, of which the
   * other one is used when the server refuses the first with `invalid_client`. Variable:
   * `UPBOND_CLIENT_ASSERTION_KEYS`, the same as JSON:
   * `{"keyId":"…","algorithm":"RS256","key":"-----BEGIN PRIVATE KEY-----\n…"}`.
   * @default none
   * @see RFC 7523 §2.2
   */
  clientAssertionKeys?: ClientAssertionKey | readonly ClientAssertionKey[];
  /**
   * The `aud` of client assertions: the issuer, or the URL of the token endpoint for a server that wants
   * that. Where the issuer is not exactly known, because it is neither published nor configured, it is
   * the token endpoint in any case. Variable: `UPBOND_CLIENT_ASSERTION_AUDIENCE`.
   *
   * **Security**: an assertion for the token endpoint can be collected by a server that names that
   * endpoint as its own.
   * @default 'issuer'
   * @see RFC 7523 §3 and its update rfc7523bis
   */
  clientAssertionAudience?: ClientAssertionAudience;
  /**
   * Absolute URL where Login 3.0 sends the browser after the logout; registered there. Variable:
   * `UPBOND_POST_LOGOUT_REDIRECT_URI`.
   * @default the origin of the redirect URI, followed by `publicBasePath` and `/`
   */
  postLogoutRedirectUri?: string;
  /**
   * Endpoints that replace the discovered ones. Variables: `UPBOND_AUTHORIZATION_ENDPOINT`,
   * `UPBOND_TOKEN_ENDPOINT`, `UPBOND_JWKS_URI`, `UPBOND_USERINFO_ENDPOINT`, `UPBOND_REVOCATION_ENDPOINT`,
   * `UPBOND_INTROSPECTION_ENDPOINT`, `UPBOND_LOGOUT_ENDPOINT`.
   */
  endpoints?: EndpointOverrides;
  /**
   * Sent as `x-account-id` with the discovery request, for tenants of the older multi-tenant
   * service. Variable: `UPBOND_ACCOUNT_ID`.
   */
  accountId?: string;
  /**
   * Accepted signature algorithms of ID tokens. `HS256` is only possible alone and uses the client
   * secret as the key. Variable: `UPBOND_ID_TOKEN_SIGNING_ALGORITHMS`, space-separated.
   * @default ['RS256', 'PS256', 'ES256', 'EdDSA']
   * @see OpenID Connect Core §3.1.3.7 (7)
   */
  idTokenSigningAlgorithms?: readonly IdTokenSigningAlgorithm[];
  /**
   * Identifiers of this API: a bearer access token is accepted when its `aud` holds one of them.
   * Variable: `UPBOND_ACCESS_TOKEN_AUDIENCES`, space-separated.
   *
   * **Security**: name only what this application itself is called. With the identifier of another API
   * here, that API could use the tokens that it receives.
   * @default [] (bearer tokens are refused)
   * @see RFC 9068 §4
   */
  accessTokenAudiences?: readonly string[];
  /**
   * Accepted signature algorithms of bearer access tokens. Variable:
   * `UPBOND_ACCESS_TOKEN_SIGNING_ALGORITHMS`, space-separated.
   * @default ['RS256', 'PS256', 'ES256', 'EdDSA']
   * @see RFC 9068 §2.1, RFC 8725 §3.1
   */
  accessTokenSigningAlgorithms?: readonly AccessTokenSigningAlgorithm[];
  /**
   * What becomes of bearer tokens that are no JWTs, encrypted ones included. Variable:
   * `UPBOND_OPAQUE_ACCESS_TOKENS`.
   *
   * - `refuse`: they are answered 401.
   * - `introspection`: the authorization server is asked about each, with the credentials of this client.
   *   The answer has to say `active`, `token_type` `Bearer`, `sub`, and one of `accessTokenAudiences`.
   * - `dangerously-userinfo`: a token passes when the user endpoint answers it.
   *
   * A JWT is verified by its signature alone, and never asked about.
   *
   * **Security**: the user endpoint says who a token belongs to, not for which API or application it was
   * issued, nor until when. With `dangerously-userinfo`, every application that a user signs in to can use
   * this one in the name of the user.
   * @default 'refuse'
   * @see RFC 7662 §2.2, OpenID Connect Core §5.3
   */
  opaqueAccessTokens?: OpaqueAccessTokens;
  /**
   * How long the answer about an opaque token counts, in seconds, 0 to 3600; never longer than the token.
   * Variable: `UPBOND_OPAQUE_ACCESS_TOKEN_CACHE_SECONDS`.
   *
   * **Security**: a token that is revoked passes here for this long, and a connection that it has opened lasts for
   * as long again. With 0 every request asks, and there are no such connections.
   * @default 60
   * @see RFC 7662 §4
   */
  opaqueAccessTokenCacheSeconds?: number;
  /**
   * The claim that {@link Roles} reads: its name, such as `https://app.example.com/roles`, or the names
   * that lead to it, such as `['realm_access', 'roles']`. Variable: `UPBOND_ROLES_CLAIM`,
   * space-separated.
   * @default 'roles'
   */
  rolesClaim?: string | readonly string[];
  /**
   * The claim that {@link Permissions} reads, written like `rolesClaim`. Variable:
   * `UPBOND_PERMISSIONS_CLAIM`, space-separated.
   * @default 'permissions'
   */
  permissionsClaim?: string | readonly string[];
  /**
   * Allowed clock difference to the authorization server, in seconds, 0 to 300. Variable:
   * `UPBOND_LEEWAY_SECONDS`.
   * @default 60
   */
  leewaySeconds?: number;
  /**
   * Total deadline for all that one request asks of the authorization server, in seconds, 1 to 60.
   * Variable: `UPBOND_DEADLINE_SECONDS`.
   * @default 5
   */
  deadlineSeconds?: number;
  /**
   * How long a started login may take, in seconds, 60 to 3600. Variable:
   * `UPBOND_TRANSACTION_LIFETIME_SECONDS`.
   * @default 600
   */
  transactionLifetimeSeconds?: number;
  /**
   * How long a session lasts at most, in seconds, counted from the login, 60 to 31536000 (a year).
   * Variable: `UPBOND_SESSION_LIFETIME_SECONDS`.
   * @default 604800 (7 days, as Login 3.0's own session)
   */
  sessionLifetimeSeconds?: number;
  /**
   * How long a session lasts without being used, in seconds, 60 to 31536000. Uses prolong it, at most
   * until `sessionLifetimeSeconds`; a prolongation is written once a tenth of this time has passed.
   * Variable: `UPBOND_SESSION_IDLE_SECONDS`.
   * @default 86400 (one day)
   */
  sessionIdleSeconds?: number;
  /**
   * Where sessions are kept on the server: {@link RedisSessionStore}, {@link ExpressSessionStore}, or a
   * {@link SessionStore} of your own.
   * @default none: the session is sealed into cookies and the server keeps no state
   */
  sessionStore?: SessionStore;
  /**
   * What all processes remember together, such as a {@link RedisSharedMemory}: used `state` values and
   * logout tokens, and revoked sessions. Without it each process remembers for itself, until it
   * restarts.
   * @default the shared memory of `sessionStore`, if it has one
   */
  sharedMemory?: SharedMemory;
  /**
   * Other origins whose pages may send requests with unsafe methods, and connect to WebSocket gateways,
   * with the session cookie, such as `https://admin.example.com`. The application's own origin is always allowed. Variable:
   * `UPBOND_ALLOWED_ORIGINS`, space-separated.
   *
   * **Security**: a script on such an origin can do everything that the user can do here.
   * @default []
   * @see RFC 6454 §7
   */
  allowedOrigins?: readonly string[];
  /**
   * Further absolute URLs that a logout may ask to return to, as its `returnTo`; compared as strings,
   * and registered at Login 3.0 as well. Variable: `UPBOND_ALLOWED_POST_LOGOUT_REDIRECT_URIS`,
   * space-separated.
   *
   * **Security**: the browser says which one. What is not on the list is ignored.
   * @default [] (only `postLogoutRedirectUri`)
   */
  allowedPostLogoutRedirectUris?: readonly string[];
  /**
   * How the authorization response arrives. With `form_post`, which needs https, it is posted by a
   * page of Login 3.0; transaction cookies are then `SameSite=None`, and Nest's
   * `enableCsrfProtection()` needs the callback in its `exclude` list. Variable:
   * `UPBOND_RESPONSE_MODE`.
   * @default 'query'
   * @see OAuth 2.0 Form Post Response Mode §2
   */
  responseMode?: ResponseMode;
  /** Paths of the routes. Variables: `UPBOND_LOGIN_PATH`, `UPBOND_LOGOUT_PATH`,
   * `UPBOND_BACKCHANNEL_LOGOUT_PATH`, `UPBOND_PROTECTED_RESOURCE_METADATA_PATH` (a path, or `false`).
   */
  routes?: RoutePaths;
  /**
   * Path prefix that a reverse proxy strips before a request reaches the application, such as
   * `/app`. Variable: `UPBOND_PUBLIC_BASE_PATH`.
   * @default ''
   */
  publicBasePath?: string;
  /**
   * Local page that is shown after a login without its own `returnTo`. Variable:
   * `UPBOND_DEFAULT_RETURN_TO`.
   * @default publicBasePath followed by '/'
   */
  defaultReturnTo?: string;
  /**
   * Further parameters of the authorization request, fixed or computed for each login. Protocol
   * parameters (`client_id`, `redirect_uri`, `state`, `nonce`, `code_challenge` …) cannot be set.
   */
  authorizationParameters?:
    | Readonly<Record<string, string>>
    | ((
        request: LoginRequest,
      ) =>
        | Readonly<Record<string, string | undefined>>
        | Promise<Readonly<Record<string, string | undefined>>>);
  /**
   * Called once for each login, after everything was verified: find or create the application's own
   * user and return what the session shall keep of it, a JSON object that becomes `@CurrentUser()`.
   * Return `false` to refuse the login with `login_refused`; anything else that is no object fails the
   * login with `on_login_invalid`. To use services here, configure with `forRootAsync` and `inject` them.
   * @default keeps the claims of the ID token
   */
  onLogin?: (
    claims: UpbondClaims,
    tokens: TokenSet,
  ) => Promise<JsonObject | false> | JsonObject | false;
  /**
   * Called for each guarded request that has a session: turns it into the user object of this
   * request. Return `null` when the user may no longer use the application: the request is then
   * refused with `login_refused`, and on a public route nobody is signed in.
   * @default the value that the session keeps
   */
  loadUser?: (session: Session) => Promise<object | null> | object | null;
  /**
   * Called for each guarded request that has a bearer token, as `loadUser` is for sessions: turns the
   * verified claims into the user object of this request. Return `null` when the user may no longer
   * use the application: the request is then refused with `invalid_token`.
   *
   * **Security**: an application that locks users out in `loadUser` has to do the same here; a token
   * has no session, so `loadUser` is not called for it.
   * @default the claims of the access token
   */
  loadTokenUser?: (claims: UpbondClaims) => Promise<object | null> | object | null;
  /**
   * Allows `http:` URLs that are not on loopback. Variable: `UPBOND_ALLOW_INSECURE_HTTP`.
   *
   * **Security**: codes, tokens and cookies can then be read on the network.
   * @default false
   */
  allowInsecureHttp?: boolean;
  /**
   * Lets requests with unsafe methods and a session cookie pass when they carry neither Fetch Metadata
   * nor `Origin`. WebSocket upgrades always need an `Origin`. Variable:
   * `UPBOND_DANGEROUSLY_ALLOW_MISSING_ORIGIN`.
   *
   * **Security**: every current browser sends one of them; what sends neither cannot be told from an
   * attack by an old browser.
   * @default false
   * @see W3C Fetch Metadata Request Headers §2
   */
  dangerouslyAllowMissingOrigin?: boolean;
  /**
   * Takes ID tokens that were issued to this client for bearer tokens, too, as older clients of Login
   * 3.0 send them. Variable: `UPBOND_DANGEROUSLY_ACCEPT_ID_TOKENS`.
   *
   * **Security**: an ID token says who signed in, not what its bearer may do, and it is shown to more
   * parties than an access token. It carries no scope.
   * @default false
   * @see RFC 9068 §5, OpenID Connect Core §2
   */
  dangerouslyAcceptIdTokens?: boolean;
  /**
   * Logs in by OAuth 2.0 alone: `openid` and `nonce` are not sent, no ID token is required, and the
   * user comes from `endpoints.userinfoEndpoint`, which must be configured. Variable:
   * `UPBOND_DANGEROUSLY_ALLOW_OAUTH_ONLY`.
   *
   * **Security**: without an ID token nothing proves that an access token was issued to this
   * application.
   * @default false
   */
  dangerouslyAllowOAuthOnly?: boolean;
}

/** Implemented by classes that `forRootAsync` takes as `useClass` or `useExisting`. */
export interface UpbondAuthOptionsFactory {
  /** Makes the options; may use injected services. */
  createUpbondAuthOptions(): UpbondAuthOptions | Promise<UpbondAuthOptions>;
}
