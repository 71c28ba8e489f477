import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import passport from 'passport';
import OAuth2Strategy from 'passport-oauth2';
import { maxAgeOf, type AuthorizationParameters } from './authorization-parameters.js';
import { randomBytes } from '../cookies/random-bytes.js';
import type { Transaction } from './transaction.js';
import {
  TransactionCookies,
  type NewCookieHalf,
  type NewStateHalf,
} from './transaction-cookies.js';
import type { Deadline } from '../authorization-server/deadline.js';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import type { ServerMetadata } from '../authorization-server/metadata.js';
import { TokenEndpoint, type ReceivedTokens } from '../authorization-server/token-endpoint.js';
import { patience } from '../authorization-server/waiting.js';
import { UserinfoEndpoint } from '../authorization-server/userinfo-endpoint.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { TokenSet } from '../tokens/token-set.js';
import { IdTokenVerifier } from '../tokens/id-token.js';

/** What starts a login besides the request: where to go afterwards, and whether it is a second try. */
export interface LoginStart {
  readonly returnTo: string;
  readonly isRecovery: boolean;
  readonly parameters: AuthorizationParameters;
}

/** What a login has proven. */
export interface VerifiedLogin {
  /** Claims of the verified ID token; with OAuth alone, the answer of the user endpoint. */
  readonly claims: UpbondClaims;
  readonly tokenSet: TokenSet;
}

/** What passport-oauth2 takes for a request on the way out. */
interface AuthorizationRequestLeg {
  readonly exchange: Exchange;
  readonly cookieHalf: NewCookieHalf;
  readonly stateHalf: NewStateHalf;
}

/** What passport-oauth2 takes for a request on the way in: only what has been checked already. */
interface AuthorizationResponseLeg {
  readonly query: { readonly code: string; readonly state: string };
  readonly transaction: Transaction;
  readonly metadata: ServerMetadata;
  readonly deadline: Deadline;
}

type Done = (error: unknown, ...values: unknown[]) => void;

/** One run of the strategy: its own hooks for Passport and HTTP for passport-oauth2, the rest inherited. */
interface Attempt {
  authenticate(leg: object, options: object): void;
}

/**
 * The Passport strategy for Login 3.0: passport-oauth2 runs the authorization request and the order of
 * events, and this file alone speaks its dialect.
 *
 * The injected instance is what runs, once per attempt with redirect, success, fail and error hooks of
 * its own: nothing is looked up in Passport's process-wide registry, and every attempt settles.
 */
@Injectable()
export class UpbondStrategy extends PassportStrategy(OAuth2Strategy, 'upbond', true) {
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(TransactionCookies) transactions: TransactionCookies,
    @Inject(TokenEndpoint) private readonly tokenEndpoint: TokenEndpoint,
    @Inject(UserinfoEndpoint) private readonly userinfoEndpoint: UserinfoEndpoint,
    @Inject(IdTokenVerifier) private readonly idTokens: IdTokenVerifier,
  ) {
    super({
      // Each attempt reads its endpoints from the metadata; see TokenEndpointDialect.
      authorizationURL: config.domain,
      tokenURL: config.domain,
      clientID: config.clientId,
      clientSecret: '',
      // Redirect URI and PKCE are parameters of ours: for each login it would parse the one and ask
      // the generator anew for the other
      scope: config.scope.join(' '),
      store: new TransactionStateStore(transactions) as unknown as OAuth2Strategy.StateStore,
      passReqToCallback: true,
      skipUserProfile: !config.oauthOnly,
    });
  }

  /** Starts a transaction and answers the URL of its authorization request (RFC 6749 §4.1.1). */
  async authorizationRequest(exchange: Exchange, start: LoginStart): Promise<string> {
    const metadata = await this.server.metadata(patience(this.config.deadlineSeconds));
    const cookieHalf = this.cookieHalf(start);
    const leg: AuthorizationRequestLeg = { exchange, cookieHalf, stateHalf: this.stateHalf(start) };
    const { scope, ...rest } = start.parameters;
    const parameters = this.parameters(rest, cookieHalf);
    const options = { parameters, ...(scope && { scope: this.withOpenid(scope) }) };
    const location = await this.run<string>(leg, options, metadata);
    return location.startsWith('?') ? metadata.authorizationEndpoint + location : location;
  }

  /** Exchanges the code and verifies everything that comes back (RFC 6749 §4.1.3). */
  async authorizationResponse(
    transaction: Transaction,
    code: string,
    metadata: ServerMetadata,
    deadline: Deadline,
  ): Promise<VerifiedLogin> {
    const query = { code, state: transaction.state };
    const leg: AuthorizationResponseLeg = { query, transaction, metadata, deadline };
    return this.run<VerifiedLogin>(leg, {}, metadata, deadline);
  }

  /** Called by passport-oauth2 once it has the token response; its result is the login. */
  async validate(
    leg: AuthorizationResponseLeg,
    accessToken: string,
    _refreshToken: string | undefined,
    response: ReceivedTokens,
    profile: UpbondClaims | undefined,
  ): Promise<VerifiedLogin> {
    const { transaction, metadata, deadline } = leg;
    const tokenSet = toTokenSet(response);
    if (profile) return { claims: profile, tokenSet };
    const claims = await this.idTokens.verify(response.idToken, {
      accessToken,
      nonce: transaction.nonce,
      maxAge: transaction.maxAge,
      metadata,
      patience: deadline.patience,
    });
    return { claims, tokenSet };
  }

  override authorizationParams(options: { parameters?: Record<string, string> }): object {
    return options.parameters ?? {};
  }

  override tokenParams(): object {
    return { redirect_uri: this.config.redirectUri };
  }

  /** Keeps our own exceptions whole, where passport-oauth2 would wrap them. */
  protected _createOAuthError(_message: string, error: unknown): unknown {
    return error;
  }

  /** Keeps this strategy out of Passport's process-wide registry, where a second module would replace it. */
  protected getPassportInstance(): object {
    return new passport.Passport();
  }

  private cookieHalf({ isRecovery }: LoginStart): NewCookieHalf {
    // OpenID Connect Core §3.1.2.1; a nonce without openid would be an error
    const nonce = this.config.oauthOnly ? undefined : randomText();
    return { nonce, codeVerifier: randomText(), isRecovery };
  }

  /** Mostly empty, which saves sealing it. */
  private stateHalf({ returnTo, parameters }: LoginStart): NewStateHalf {
    const isDefault = returnTo === this.config.defaultReturnTo;
    return { returnTo: isDefault ? undefined : returnTo, maxAge: maxAgeOf(parameters) };
  }

  private parameters(wanted: AuthorizationParameters, { nonce, codeVerifier }: NewCookieHalf) {
    const { audience, responseMode, redirectUri } = this.config;
    return {
      ...(audience && { audience }),
      ...wanted,
      ...(nonce && { nonce }),
      ...(responseMode !== 'query' && { response_mode: responseMode }),
      redirect_uri: redirectUri,
      // RFC 7636 §4.2 and §4.3
      code_challenge: hash('sha256', codeVerifier, 'base64url'),
      code_challenge_method: 'S256',
    };
  }

  private withOpenid(scope: string): string {
    const values = scope.split(' ').filter(Boolean);
    if (!this.config.oauthOnly && !values.includes('openid')) values.unshift('openid');
    return values.join(' ');
  }

  private run<Result>(
    leg: object,
    options: object,
    metadata: ServerMetadata,
    deadline?: Deadline,
  ): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const fail = () => reject(new UpbondAuthException('authorization_failed'));
      // Not Object.create(): V8 takes what it makes for long-lived, and with it all that an attempt holds
      const attempt = {
        __proto__: this,
        _oauth2: new TokenEndpointDialect(
          this.config.clientId,
          this.tokenEndpoint,
          metadata,
          deadline,
        ),
        userProfile: (token: string, done: Done) =>
          settleWith(
            this.userinfoEndpoint.fetchUserinfo(token, metadata, deadline?.patience()),
            done,
          ),
        redirect: resolve,
        success: resolve,
        error: reject,
        fail,
        pass: fail,
      } as unknown as Attempt;
      attempt.authenticate(leg, options);
    });
  }
}

/** What passport-oauth2 puts into the token request (RFC 6749 §4.1.3, RFC 7636 §4.5). */
interface CodeGrantParameters {
  readonly code_verifier: string;
  readonly redirect_uri: string;
}

/** The members of node-oauth's `OAuth2` that passport-oauth2 uses, over our own HTTP. */
class TokenEndpointDialect {
  readonly _authorizeUrl: string;
  readonly _accessTokenUrl: string;
  readonly _clientId: string;

  constructor(
    clientId: string,
    private readonly tokenEndpoint: TokenEndpoint,
    private readonly metadata: ServerMetadata,
    private readonly deadline: Deadline | undefined,
  ) {
    // It parses this each time, which only an endpoint with a query of its own needs (RFC 6749 §3.1)
    const { authorizationEndpoint } = metadata;
    this._authorizeUrl = /[?#]/.test(authorizationEndpoint) ? authorizationEndpoint : '';
    this._accessTokenUrl = metadata.tokenEndpoint;
    this._clientId = clientId;
  }

  getOAuthAccessToken(code: string, params: CodeGrantParameters, done: Done): void {
    const request = {
      code,
      codeVerifier: params.code_verifier,
      redirectUri: params.redirect_uri,
    };
    const exchanged = this.tokenEndpoint.exchangeCode(request, this.metadata, this.deadline);
    exchanged
      .then((response) => done(null, response.accessToken, response.refreshToken, response))
      .catch(done);
  }
}

/** Passport-oauth2 tells the forms of a state store by the number of their parameters. */
class TransactionStateStore {
  constructor(private readonly transactions: TransactionCookies) {}

  store({ exchange, cookieHalf, stateHalf }: AuthorizationRequestLeg, done: Done): void {
    done(null, this.transactions.start(exchange, cookieHalf, stateHalf).state);
  }

  /** The callback has matched the transaction already; an attempt never gets here without one. */
  verify({ transaction }: AuthorizationResponseLeg, state: string, done: Done): void {
    done(null, state === transaction.state && transaction.codeVerifier);
  }
}

/** 256 bits of chance (RFC 7636 §7.1). */
function randomText(): string {
  return randomBytes(32).toString('base64url');
}

function settleWith<Value>(promise: Promise<Value>, done: Done): void {
  promise.then((value) => done(null, value)).catch(done);
}

function toTokenSet(response: ReceivedTokens): TokenSet {
  const { accessToken, refreshToken, idToken, tokenType, scope, expiresIn, receivedAt } = response;
  const expiresAt = expiresIn === undefined ? undefined : receivedAt + expiresIn;
  const members = { accessToken, refreshToken, idToken, tokenType, scope, receivedAt, expiresAt };
  return new TokenSet(members);
}
