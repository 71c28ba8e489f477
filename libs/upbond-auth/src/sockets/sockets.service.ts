import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { logLineOf, messageOf, UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { Caller } from '../guard/caller.js';
import { ConnectedCallers } from '../guard/connected-callers.js';
import { CLOCK, type Clock } from '../options/clock.provider.js';
import { RevocationService } from '../session/revocation.service.js';
import { Connection, type Line } from './connection.js';
import type { Door } from './door.js';
import type { HandshakeRequest } from './handshake.js';
import { HandshakeService } from './handshake.service.js';
import { OpenConnections } from './open-connections.js';
import type { Place } from './place.js';
import { refusedAnswer, renew, renewedAnswer } from './renewal.js';

/** A client of either library, with the user that `@CurrentUser()` reads. */
interface Client {
  user?: unknown;
}

/** Lets clients in and watches them until they go. */
@Injectable()
export class SocketsService implements Door, OnModuleDestroy {
  readonly #logger = new Logger('UpbondAuth');
  readonly #open: OpenConnections;
  readonly #connections = new WeakMap<object, Connection>();

  constructor(
    @Inject(CLOCK) private readonly now: Clock,
    @Inject(HandshakeService) private readonly handshakes: HandshakeService,
    @Inject(ConnectedCallers) private readonly connected: ConnectedCallers,
    @Inject(RevocationService) private readonly revocations: RevocationService,
  ) {
    this.#open = new OpenConnections(now);
  }

  /** How many connections are open, and whether they are watched. */
  get state(): { readonly size: number; readonly isWatching: boolean } {
    const { size, isWatching } = this.#open;
    return { size, isWatching };
  }

  /** An adapter begins to ask here. */
  use(): void {
    this.revocations.follow();
  }

  identify(request: HandshakeRequest, place: Place, token?: unknown): Promise<Caller | undefined> {
    return this.handshakes.identify(request, place, token);
  }

  enter(client: Client, place: Place, line: Line, caller: Caller | undefined): () => void {
    const connection = new Connection(place, line, caller, (one) => this.isAlive(one));
    client.user = caller?.user;
    this.#connections.set(client, connection);
    const exchange = caller && this.handshakes.exchangeOf(caller);
    this.connected.set(client, { caller: () => connection.caller, exchange });
    this.#open.add(connection);
    return () => this.#open.delete(connection);
  }

  refuse(error: unknown): UpbondAuthException | undefined {
    const isOurs = error instanceof UpbondAuthException;
    if (isOurs && error.getStatus() < 500) this.#logger.debug(logLineOf(error));
    else this.#logger.warn(isOurs ? logLineOf(error) : `A socket was refused: ${messageOf(error)}`);
    return isOurs ? error : undefined;
  }

  /** Answers the message with a newer token; never rejects. */
  async renew(client: Client, token: unknown, acknowledges: boolean): Promise<object> {
    try {
      const connection = this.#connections.get(client);
      const caller = await renew(connection, ({ place }) =>
        this.handshakes.identifyToken(token, place),
      );
      client.user = caller.user;
      return renewedAnswer(caller, acknowledges);
    } catch (error) {
      this.refuse(error);
      return refusedAnswer(error, acknowledges);
    }
  }

  onModuleDestroy(): void {
    this.#open.stop();
  }

  /** Neither I/O nor cryptography: it is asked for every connection, several times a second. */
  private isAlive({ expiresAt, session }: Caller): boolean {
    return this.now() < expiresAt && !(session && this.revocations.isRevoked(session));
  }
}
