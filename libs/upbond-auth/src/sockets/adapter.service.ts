import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type WebSocketAdapter,
} from '@nestjs/common';
import { UpbondGuard } from '../guard/upbond.guard.js';
import { UPBOND_AUTH_CONFIG } from '../options/config.provider.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { GatewaysService, type Address } from './gateways.service.js';
import { placeOf, type Gateway, type Place } from './place.js';
import { RENEW } from './renewal.js';
import {
  isIoNamespace,
  isIoServer,
  secureIoNamespace,
  secureIoServer,
  type IoServer,
} from './socket-io-server.js';
import { SocketsService } from './sockets.service.js';
import { isWsServer, secureWsServer } from './ws-server.js';

type MessageHandlers = Parameters<WebSocketAdapter['bindMessageHandlers']>[1];

/** The options that Nest hands over with a gateway. */
type ServerOptions = Partial<Pick<Address, 'path' | 'namespace'>>;

/** Teaches an adapter of Nest to ask who connects. */
@Injectable()
export class AdapterService implements OnApplicationBootstrap {
  readonly #logger = new Logger('UpbondAuth');
  readonly #secured = new WeakSet<object>();
  readonly #renewable = new WeakSet<object>();
  readonly #warned = new Set<string>();

  #isUsed = false;

  constructor(
    @Inject(UPBOND_AUTH_CONFIG) private readonly config: UpbondAuthConfig,
    @Inject(GatewaysService) private readonly gateways: GatewaysService,
    @Inject(SocketsService) private readonly sockets: SocketsService,
  ) {}

  /** Changes this very adapter, so that it stays what it is: its class, its private members. */
  protect<Adapter extends WebSocketAdapter>(adapter: Adapter): Adapter {
    const create = adapter.create.bind(adapter);
    const bindMessageHandlers = adapter.bindMessageHandlers.bind(adapter);
    adapter.create = (port: number, options?: ServerOptions) => {
      const server = create(port, options) as object;
      this.secure(server, port, options ?? {});
      return server;
    };
    adapter.bindMessageHandlers = (client: object, handlers, transform) =>
      bindMessageHandlers(client, this.withRenewal(client, handlers), transform) as unknown;
    this.#isUsed = true;
    this.sockets.use();
    return adapter;
  }

  /** Says so where nobody asks: the guard then refuses what is not public. */
  onApplicationBootstrap(): void {
    const { name } = this.config;
    const isDefault = name === DEFAULT_INSTANCE;
    const names = this.gateways.guardedBy(isDefault ? UpbondGuard : UpbondGuard.for(name));
    if (this.#isUsed || names.length === 0) return;
    const options = isDefault ? '' : `, { name: '${name}' }`;
    this.#logger.warn(
      `Nobody can be signed in at ${names.join(', ')}: the WebSocket adapter does not ask. Write app.useWebSocketAdapter(withUpbondAuth(app, new WsAdapter(app)${options})), or the same with new IoAdapter(app).`,
    );
  }

  private secure(server: object, port: number, { path, namespace }: ServerOptions): void {
    if (isIoServer(server)) return this.secureIo(server, port, path);
    if (isIoNamespace(server)) {
      this.secureIo(server.server, port, path);
      return secureIoNamespace(server, this.place({ port, path, namespace }), this.sockets);
    }
    if (!isWsServer(server)) {
      throw new TypeError('withUpbondAuth() knows the servers of ws and of socket.io only');
    }
    if (this.isNew(server)) {
      secureWsServer(server, this.place({ port, path, namespace }), this.sockets);
    }
  }

  private secureIo(server: IoServer, port: number, path: unknown): void {
    if (!this.isNew(server)) return;
    const placeOfNamespace = (namespace: string) => this.place({ port, path, namespace });
    secureIoServer(server, placeOfNamespace, this.sockets);
  }

  private isNew(server: object): boolean {
    if (this.#secured.has(server)) return false;
    this.#secured.add(server);
    return true;
  }

  private place(address: Address): Place {
    const gateways = this.gateways.at(address);
    const closed = gateways.filter(({ isOpen }) => !isOpen);
    if (closed.length > 0 && closed.length < gateways.length) this.warn(gateways, closed);
    return placeOf(gateways);
  }

  private warn(gateways: readonly Gateway[], closed: readonly Gateway[]): void {
    const names = (list: readonly Gateway[]) => list.map(({ name }) => name).join(', ');
    const all = names(gateways);
    // Clients can make any number of namespaces where a pattern lets them
    if (this.#warned.has(all)) return;
    this.#warned.add(all);
    this.#logger.warn(
      `${all} share their connections, and ${names(closed)} is not public: nobody connects without signing in. Give them a path or a namespace of their own.`,
    );
  }

  /** Once for each client, however many gateways it reaches. */
  private withRenewal(client: object, handlers: MessageHandlers): MessageHandlers {
    if (this.#renewable.has(client)) return handlers;
    this.#renewable.add(client);
    const callback = (data: unknown, acknowledge: unknown) =>
      this.sockets.renew(client, tokenOf(data), typeof acknowledge === 'function');
    return [...handlers, { message: RENEW, callback, isAckHandledManually: false }];
  }
}

/** Whatever a client sends: what is no token is refused as one. */
function tokenOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'token' in data ? data.token : undefined;
}
