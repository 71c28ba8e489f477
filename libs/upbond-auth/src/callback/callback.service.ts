import { Inject, Injectable } from '@nestjs/common';
import { LoginService } from '../authorize/login.service.js';
import { returnToOr } from '../authorize/return-to.js';
import type { Transaction } from '../authorize/transaction.js';
import { isMatched, TransactionCookies, type Unmatched } from '../authorize/transaction-cookies.js';
import { AuthorizationServer } from '../authorization-server/authorization-server.js';
import { withDeadline } from '../authorization-server/deadline.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { single, type Exchange } from '../exchange/exchange.js';
import { isPageNavigation } from '../exchange/navigation.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { ResponseMode } from '../options/upbond-auth-options.js';
import { newSession } from '../session/new-session.js';
import { SESSIONS } from '../session/sessions.provider.js';
import type { Session } from '../session/session.js';
import type { Sessions } from '../session/sessions.js';
import { available } from '../session/store/store-availability.js';
import type { SingleUse } from '../shared-memory/single-use.js';
import { codeFrom } from './authorization-response.js';
import { UpbondStrategy } from '../authorize/upbond.strategy.js';
import { userOf } from './user-of.js';

/** Injection token of the memory of `state` values that were answered already. */
export const CONSUMED_STATES = Symbol('UPBOND_AUTH_CONSUMED_STATES');

interface RunningLogin {
  /** The query of the callback that started it. */
  readonly response: string;
  readonly session: Promise<Session | undefined>;
}

/** The response in: turns a callback into a session (RFC 6749 §4.1.2 and what follows from it). */
@Injectable()
export class CallbackService {
  /** Logins whose code is being exchanged, by the id of their transaction. */
  readonly #running = new Map<string, RunningLogin>();

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(TransactionCookies) private readonly transactions: TransactionCookies,
    @Inject(CONSUMED_STATES) private readonly consumed: SingleUse,
    @Inject(AuthorizationServer) private readonly server: AuthorizationServer,
    @Inject(UpbondStrategy) private readonly strategy: UpbondStrategy,
    @Inject(LoginService) private readonly logins: LoginService,
    @Inject(SESSIONS) private readonly sessions: Sessions,
  ) {}

  /** Where the browser goes after this callback. */
  async complete(
    exchange: Exchange,
    mode: ResponseMode,
    response: URLSearchParams,
  ): Promise<string> {
    // A response that came another way than the requested one is none
    const state = mode === this.config.responseMode ? single(response, 'state') : undefined;
    const found = this.transactions.find(exchange, state);
    if (!isMatched(found)) return this.unmatched(exchange, found);
    this.transactions.delete(exchange, found);
    const session = await this.runOnce(found, response);
    if (!session) return this.unmatched(exchange, { reason: 'foreign', stateHalf: found });
    await this.sessions.begin(exchange, session);
    return returnToOr(this.config.defaultReturnTo, found.returnTo);
  }

  /**
   * The login of this transaction: started by the first callback, shared by callbacks that repeat it
   * while it runs, and nothing once it has been answered.
   */
  private runOnce(transaction: Transaction, query: URLSearchParams): Promise<Session | undefined> {
    const response = query.toString();
    const { id } = transaction;
    const running = this.#running.get(id);
    if (running?.response === response) return running.session;
    const session = this.loginOnce(transaction, query);
    if (!running) {
      const forget = () => this.#running.delete(id);
      this.#running.set(id, { response, session });
      session.then(forget, forget);
    }
    return session;
  }

  private async loginOnce(transaction: Transaction, query: URLSearchParams) {
    const isFirst = await available(this.consumed.use(transaction.state));
    return isFirst ? this.login(transaction, query) : undefined;
  }

  private async login(transaction: Transaction, query: URLSearchParams): Promise<Session> {
    const login = await withDeadline(this.config.deadlineSeconds, async (deadline) => {
      const metadata = await this.server.metadata(deadline.patience);
      const code = codeFrom(query, metadata);
      return this.strategy.authorizationResponse(transaction, code, metadata, deadline);
    });
    const user = await userOf(login, this.config.onLogin);
    return newSession({ ...login, user }, this.now(), this.config);
  }

  /**
   * A callback that belongs to no transaction of this browser: the back button, a bookmark, a login
   * that took too long, or an attack. Its code is never used. A person goes on to where a session or
   * one fresh login leads; everything else is told so.
   */
  private async unmatched(exchange: Exchange, { reason, stateHalf }: Unmatched): Promise<string> {
    const code = reason === 'expired' ? 'transaction_expired' : 'state_mismatch';
    if (!isPersonWaiting(exchange)) throw new UpbondAuthException(code);
    if (await this.sessions.read(exchange, true)) return this.config.defaultReturnTo;
    if (stateHalf?.isRecovery || this.transactions.isRecovering(exchange)) {
      throw new UpbondAuthException(code, {
        detail: 'a fresh login was started already; does the browser keep cookies?',
      });
    }
    return this.logins.recover(exchange, stateHalf?.returnTo);
  }
}

/** Whether the callback is a page navigation; a posted one is, too. */
function isPersonWaiting({ method, headers }: Exchange): boolean {
  return isPageNavigation(method === 'POST' ? 'GET' : method, headers);
}
