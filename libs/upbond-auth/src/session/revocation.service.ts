import {
  Inject,
  Injectable,
  Logger,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { messageOf, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { Retries } from './retries.js';
import { parseRevocation, Revocations, type Revocation } from './revocations.js';
import { SessionDigester } from './session-digests.js';
import type { Session } from './session.js';
import { available } from './store/store-availability.js';

/** Every process sees a revocation within a second: it asks more than twice as often. */
const POLL_MILLISECONDS = 400;

/** How long open sockets have to hear of a session that a store has forgotten, in seconds. */
const ANNOUNCED_SECONDS = 3600;

/**
 * Ends sessions from outside their browser. Where the store has an index they are destroyed there; else
 * revocations are remembered in this process and, through the shared memory, in all others.
 */
@Injectable()
export class RevocationService implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('UpbondAuth');
  readonly #revocations = new Revocations();
  readonly #retries = new Retries();
  readonly #log: string;
  #position: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isBehind = false;
  #isFollowed = false;
  #isInitialised = false;
  #isStopped = false;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(SessionDigester) private readonly digests: SessionDigester,
  ) {
    this.#log = `revocations:${digests.id('log')}`;
  }

  /** Whether a session that opened was ended from outside. Neither I/O nor cryptography. */
  isRevoked(session: Session): boolean {
    if (this.#revocations.size === 0) return false;
    return this.#revocations.isRevoked(this.digests.of(session), session.createdAt);
  }

  /** Learns what other processes have ended until now, where this one reads about it only now and then. */
  async catchUp(): Promise<void> {
    if (this.#timer) await this.poll();
  }

  /** Ends the session with this digest. */
  async revokeById(id: string): Promise<void> {
    const { sessionStore } = this.config;
    if (!sessionStore) return this.remember(this.byId(id));
    await available(sessionStore.destroy(id));
    await this.announce(this.byId(id));
  }

  /**
   * Ends the session of a logout, whatever becomes of the store: in this process at once, and for copies
   * of the cookie elsewhere as soon as the store or the shared memory is back.
   */
  async end(id: string): Promise<void> {
    this.#revocations.add(this.byId(id));
    try {
      await this.revokeById(id);
    } catch (error) {
      this.#logger.warn(
        `A logout could not be written down, it is tried again: ${detailOf(error)}`,
      );
      this.#retries.add(id, () => this.revokeById(id));
    }
  }

  /** Ends the sessions of a user that began before a time. */
  async revokeBySubject(sub: string, createdBefore: number): Promise<void> {
    await this.revokeAll('subject', this.digests.subject(sub), createdBefore);
  }

  /**
   * Ends the sessions that belong to one at the authorization server and began before a time. Where ID
   * tokens carry no `sid`, those of the user that have none are meant, too.
   */
  async revokeBySid(sid: string, createdBefore: number, sub?: string): Promise<void> {
    await this.revokeAll('sid', this.digests.sid(sid), createdBefore);
    if (sub !== undefined) await this.revokeWithoutSid(this.digests.subject(sub), createdBefore);
  }

  /**
   * Hears of the revocations of other processes also where the store alone decides on requests: an open
   * connection makes none.
   */
  follow(): void {
    if (this.#isFollowed) return;
    this.#isFollowed = true;
    if (this.#isInitialised) void this.start();
  }

  /** Reads what was revoked before this process started, so that a restart loses nothing. */
  async onModuleInit(): Promise<void> {
    this.#isInitialised = true;
    if (!this.config.sessionStore?.capabilities.index || this.#isFollowed) await this.start();
  }

  onModuleDestroy(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retries.stop();
  }

  private async revokeAll(kind: 'subject' | 'sid', digest: string, createdBefore: number) {
    const { sessionStore } = this.config;
    if (!sessionStore?.capabilities.index) return this.remember({ kind, digest, createdBefore });
    await available(sessionStore.destroyAll({ [kind]: digest, createdBefore }));
    await this.announce({ kind, digest, createdBefore });
  }

  private async revokeWithoutSid(subject: string, createdBefore: number): Promise<void> {
    const { sessionStore } = this.config;
    const revocation = { kind: 'subject without sid', digest: subject, createdBefore } as const;
    if (!sessionStore?.capabilities.index) return this.remember(revocation);
    const all = await available(sessionStore.listBySubject(subject));
    const meant = all.filter(({ sid, createdAt }) => !sid && createdAt <= createdBefore);
    await Promise.all(meant.map(({ id }) => available(sessionStore.destroy(id))));
    await this.announce(revocation);
  }

  /** An id names one session, whenever it began and by whatever clock. */
  private byId(digest: string): Revocation {
    return {
      kind: 'id',
      digest,
      createdBefore: this.now() + this.config.sessionLifetimeSeconds,
    };
  }

  /** What another version of this library wrote does not keep the rest from being read. */
  private addEntry(entry: string): void {
    const revocation = parseRevocation(entry);
    if (revocation) this.#revocations.add(revocation);
    else this.#logger.warn('An entry of the shared revocations cannot be read, it is skipped.');
  }

  /** Here at once, and everywhere within a second. */
  private async remember(
    revocation: Revocation,
    seconds = this.config.sessionLifetimeSeconds,
  ): Promise<void> {
    this.#revocations.add(revocation);
    const { sharedMemory } = this.config;
    if (!sharedMemory) return;
    await available(sharedMemory.append(this.#log, JSON.stringify(revocation), seconds));
  }

  /** Tells open sockets of what the store has already ended; a request does not wait for that to work. */
  private async announce(revocation: Revocation): Promise<void> {
    const tell = () => this.remember(revocation, ANNOUNCED_SECONDS);
    const { kind, digest } = revocation;
    await tell().catch(() => this.#retries.add(`announce ${kind}${digest}`, tell));
  }

  private async start(): Promise<void> {
    if (!this.config.sharedMemory) return;
    await this.poll();
    this.schedule();
  }

  private schedule(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      void this.poll().then(() => this.#timer && this.schedule());
    }, POLL_MILLISECONDS).unref();
  }

  private async poll(): Promise<void> {
    try {
      const read = await this.config.sharedMemory?.readLog(this.#log, this.#position);
      if (!read) return;
      for (const entry of read.entries) this.addEntry(entry);
      this.#position = read.position;
      this.#revocations.forget(this.now() - this.config.sessionLifetimeSeconds);
      this.report(false);
    } catch (error) {
      this.report(true, error);
    }
  }

  /** One line when the shared memory is lost and one when it is back, however long that takes. */
  private report(isBehind: boolean, error?: unknown): void {
    if (isBehind === this.#isBehind) return;
    this.#isBehind = isBehind;
    const reason = detailOf(error);
    if (isBehind) {
      this.#logger.warn(
        `The shared memory cannot be read (${reason}): revocations by other processes arrive when it is back.`,
      );
    } else this.#logger.log('The shared memory is back: revocations are complete.');
  }
}

function detailOf(error: unknown): string {
  if (error instanceof UpbondAuthException) return error.detail ?? error.code;
  return messageOf(error);
}
