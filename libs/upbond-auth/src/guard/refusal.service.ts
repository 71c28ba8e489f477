import { HttpException, Inject, Injectable } from '@nestjs/common';
import { isReturnTo } from '../authorize/return-to.js';
import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Exchange } from '../exchange/exchange.js';
import { isPageNavigation } from '../exchange/navigation.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { RoutesHolder } from '../options/routes.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { bearerCredential } from './bearer-credential.js';
import { bearerChallenge, type Challenge } from './challenge.js';
import type { Requirements } from './requirements.js';
import { stepUpParameters } from './step-up.js';

type Said = Omit<Challenge, 'realm' | 'resource_metadata'>;
type Because = Pick<UpbondAuthException, 'detail' | 'cause'>;

/** Makes the answers to requests that may not pass. */
@Injectable()
export class RefusalService {
  readonly #origin: URL;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(RoutesHolder) private readonly routes: RoutesHolder,
  ) {
    this.#origin = new URL(config.redirectUri);
  }

  /** Nobody in particular calls: a person may sign in, a program is told how to (RFC 6750 §3). */
  notSignedIn(exchange: Exchange, { credentials }: Requirements): HttpException {
    const mayLogIn = credentials.includes('session') && !isBearer(exchange);
    if (mayLogIn && isPageNavigation(exchange.method, exchange.headers)) {
      return this.toLogin(exchange, {});
    }
    return this.loginRequired(exchange);
  }

  /** The same where nobody can be redirected. */
  loginRequired(exchange: Exchange): UpbondAuthException {
    return this.challenge(exchange, 'login_required', {});
  }

  /** A refusal that nobody is redirected by, with the challenge that belongs to it. */
  withChallenge(
    exchange: Exchange,
    error: UpbondAuthException,
    { scopes, stepUp }: Requirements,
  ): UpbondAuthException {
    const { code } = error;
    if (code === 'login_required') return this.challenge(exchange, code, {});
    if (code === 'insufficient_permissions') return this.forbidden(exchange, code);
    if (code === 'insufficient_scope') {
      return this.forbidden(exchange, code, scopes?.values.join(' '));
    }
    if (code === 'insufficient_user_authentication') {
      return this.stepUp(exchange, stepUp ? stepUpParameters(stepUp) : {});
    }
    return this.refused(exchange, error);
  }

  /** What was wrong with a credential, with a challenge where it was a bearer token. */
  refused(exchange: Exchange, error: UpbondAuthException): UpbondAuthException {
    const { code } = error;
    const isToken = code === 'invalid_token' || code === 'invalid_request';
    return isToken ? this.challenge(exchange, code, { error: code }, error) : error;
  }

  /** A privilege is missing (RFC 6750 §3.1). With a session no challenge could help. */
  forbidden(
    exchange: Exchange,
    code: 'insufficient_scope' | 'insufficient_permissions' | 'step_up_failed',
    scope?: string,
  ): UpbondAuthException {
    if (!isBearer(exchange)) return new UpbondAuthException(code);
    return this.challenge(exchange, code, { error: 'insufficient_scope', scope });
  }

  /** The sign-in is too old or too weak (RFC 9470 §3). */
  stepUp(exchange: Exchange, parameters: Partial<Said>): UpbondAuthException {
    const code = 'insufficient_user_authentication';
    return this.challenge(exchange, code, { error: code, ...parameters });
  }

  /** A redirect as an exception: it works on every adapter and survives a catch-all filter. */
  toLogin(exchange: Exchange, parameters: Readonly<Record<string, string>>): HttpException {
    const page = this.config.publicBasePath + exchange.url;
    const query = new URLSearchParams(parameters);
    if (isReturnTo(page)) query.set('returnTo', page);
    const { publicPath } = this.routes.current.login;
    exchange.setHeader('Location', query.size > 0 ? `${publicPath}?${query}` : publicPath);
    return new HttpException('Sign in to continue', 302);
  }

  private challenge(
    exchange: Exchange,
    code: UpbondAuthErrorCode,
    said: Said,
    because?: Because,
  ): UpbondAuthException {
    const metadata = this.routes.current.protectedResourceMetadata;
    const challenge = bearerChallenge({
      realm: this.#origin.host,
      ...said,
      resource_metadata: metadata && this.#origin.origin + metadata.publicPath,
    });
    const headers = { 'WWW-Authenticate': challenge };
    // Set here, too: a filter of the application may know nothing of the exception's headers
    exchange.setHeader('WWW-Authenticate', challenge);
    return new UpbondAuthException(code, { ...pick(because), headers });
  }
}

function isBearer(exchange: Exchange): boolean {
  return bearerCredential(exchange.authorization) !== undefined;
}

function pick(because: Because | undefined) {
  if (because === undefined) return {};
  const { detail, cause } = because;
  return { ...(detail !== undefined && { detail }), cause };
}
