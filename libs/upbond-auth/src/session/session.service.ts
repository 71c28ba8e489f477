import { Inject, Injectable } from '@nestjs/common';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { RevocationService } from './revocation.service.js';
import { SessionDigester } from './session-digests.js';
import type { Session } from './session.js';
import { available } from './store/store-availability.js';

/** A session of a user as a page "your devices" shows it. */
export interface SessionSummary {
  /** What {@link SessionService.revoke} takes. It is no secret and cannot be used as a cookie. */
  readonly id: string;
  /** When the login happened, in seconds since the epoch. */
  readonly createdAt: number;
  /** When the session was last used, in seconds since the epoch, about a minute exact. */
  readonly lastSeenAt: number;
  /** `User-Agent` of the browser at the login, at most 256 characters. Text from outside: escape it. */
  readonly userAgent: string | undefined;
}

/**
 * Injection token of the {@link SessionService} of an instance that has a name:
 * `@Inject(sessionServiceToken('admin')) sessions: SessionService`. Without a name, inject the class.
 *
 * @param name - as in `forRoot({ name })`
 */
export function sessionServiceToken(name: string): string {
  return `SessionService of UpbondAuthModule.forRoot({ name: '${name}' })`;
}

/**
 * Lists and revokes the sessions of users, for a page "your devices" and for the people who have to
 * lock somebody out. Inject it where the module is imported; for an instance with a name, see
 * {@link sessionServiceToken}.
 *
 * How far a revocation reaches depends on where sessions are. With a {@link RedisSessionStore} it holds
 * at once, everywhere. With a {@link SharedMemory} it holds in every process within a second. Without
 * either it holds in this process, until it restarts; only {@link SessionService.revoke} also works
 * everywhere with an {@link ExpressSessionStore}.
 *
 * Revoking the session of another browser does not revoke its refresh token at the authorization
 * server: only that browser's cookie can open it. Nobody can use the token through this application
 * any more, though.
 *
 * **Security**: it asks nobody for permission. Before you revoke an id that came from a browser, make
 * sure that it is one of that user's: look for it in {@link SessionService.list}.
 *
 * @example
 * ```ts
 * @UseGuards(UpbondGuard)
 * @Controller('devices')
 * class DevicesController {
 *   constructor(private readonly sessions: SessionService) {}
 *
 *   @Get()
 *   list(@CurrentUser('sub') sub: string) {
 *     return this.sessions.list(sub);
 *   }
 *
 *   @Post('sign-out-everywhere')
 *   async signOutEverywhere(@CurrentUser('sub') sub: string) {
 *     await this.sessions.revokeAll(sub);
 *   }
 * }
 * ```
 */
@Injectable()
export class SessionService {
  /** @hidden Nest makes it. */
  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(SessionDigester) private readonly digests: SessionDigester,
    @Inject(RevocationService) private readonly revocations: RevocationService,
  ) {}

  /**
   * The living sessions of a user, newest first. Needs a store with an index, such as
   * `RedisSessionStore`.
   *
   * @param sub - the subject, as in {@link UpbondUser}
   * @throws {@link UpbondAuthException} `session_index_missing`, `session_store_unavailable`
   */
  async list(sub: string): Promise<SessionSummary[]> {
    const store = this.config.sessionStore;
    if (!store?.capabilities.index) throw new UpbondAuthException('session_index_missing');
    const found = await available(store.listBySubject(this.digests.subject(sub)));
    return found
      .map(({ id, createdAt, lastSeenAt, userAgent }) => ({ id, createdAt, lastSeenAt, userAgent }))
      .sort((one, other) => other.createdAt - one.createdAt);
  }

  /**
   * Ends one session, whichever browser it is in. It is no error if there is none.
   *
   * **Security**: any session of this instance can be named. Check whose it is first.
   *
   * @param id - of a {@link SessionSummary}, or what {@link SessionService.idOf} says of a session
   * @throws {@link UpbondAuthException} `session_store_unavailable`
   */
  async revoke(id: string): Promise<void> {
    await this.revocations.revokeById(id);
  }

  /**
   * Ends every session of a user that began before now, the one that asks included. Later logins are
   * unaffected: to keep somebody out, refuse them in `onLogin` as well.
   *
   * @param sub - the subject, as in {@link UpbondUser}
   * @throws {@link UpbondAuthException} `session_store_unavailable`
   */
  async revokeAll(sub: string): Promise<void> {
    await this.revocations.revokeBySubject(sub, this.now());
  }

  /**
   * The id by which a session is listed and revoked.
   *
   * @param session - what `loadUser` of {@link UpbondAuthOptions} is called with
   */
  idOf(session: Session): string {
    return this.digests.id(session.id);
  }
}
