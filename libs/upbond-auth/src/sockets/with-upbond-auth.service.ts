import type { INestApplicationContext, WebSocketAdapter } from '@nestjs/common';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import type { AdapterService } from './adapter.service.js';

/** How {@link withUpbondAuth} finds its instance of the module. */
export interface WithUpbondAuthOptions {
  /**
   * Name of the instance, as in `forRoot({ name })`.
   * @default 'default'
   */
  readonly name?: string;
}

/** Injection token of the {@link AdapterService} of an instance; Nest prints it when the module is missing. */
export function adapterServiceToken(name: string): string {
  const options = name === DEFAULT_INSTANCE ? '' : `{ name: '${name}' }`;
  return `UpbondAuthModule.forRoot(${options}) for sockets`;
}

const protectedAdapters = new WeakSet<object>();

/**
 * Makes a WebSocket adapter ask who connects: `WsAdapter` of `@nestjs/platform-ws`, `IoAdapter` of
 * `@nestjs/platform-socket.io`, or one that extends them. The same adapter is returned. Call it before
 * the application is initialised.
 *
 * Guards do not run when a client connects. With this, a connection is authenticated before
 * `handleConnection`, by the rules of {@link UpbondGuard}, and `client.user` is the user. Whoever may not
 * connect gets an HTTP error instead of a WebSocket (`ws`), or `connect_error` (socket.io). A gateway is
 * closed unless it, or one of its messages, is {@link Public}; what its class asks, such as
 * {@link Roles}, is asked of whoever connects. Messages are decided by {@link UpbondGuard}: bind it as
 * well.
 *
 * A connection is closed within a second of the end of its token or session, by expiry, logout or
 * revocation. A client that connected with a token can go on with a newer one by the message
 * `upbond:renew`.
 *
 * **Security**: a cookie opens a connection only for pages of the application and of `allowedOrigins`:
 * every page can open a WebSocket to here, and browsers add the cookies (cross-site WebSocket
 * hijacking). Tokens in the query are not looked at, because addresses are logged.
 *
 * @param app - the application whose root module imports {@link UpbondAuthModule}
 * @param adapter - what `app.useWebSocketAdapter` is to get
 * @param options - `name` of the instance that decides
 * @throws TypeError if the adapter is protected already; when gateways are connected, if its servers are
 * neither those of `ws` nor of socket.io
 * @see RFC 6455 §10.2 and §10.5
 *
 * @example
 * ```ts
 * import { NestFactory } from '@nestjs/core';
 * import { WsAdapter } from '@nestjs/platform-ws';
 * import { UpbondAuthModule, withUpbondAuth } from 'nestjs-upbond-auth';
 *
 * @Module({ imports: [UpbondAuthModule.forRoot()] })
 * class AppModule {}
 *
 * const app = await NestFactory.create(AppModule);
 * app.useWebSocketAdapter(withUpbondAuth(app, new WsAdapter(app)));
 * ```
 */
export function withUpbondAuth<Adapter extends WebSocketAdapter>(
  app: INestApplicationContext,
  adapter: Adapter,
  options: WithUpbondAuthOptions = {},
): Adapter {
  if (protectedAdapters.has(adapter)) throw new TypeError('This adapter is protected already');
  const token = adapterServiceToken(options.name ?? DEFAULT_INSTANCE);
  const service = app.get<AdapterService>(token, { strict: false });
  protectedAdapters.add(adapter);
  return service.protect(adapter);
}
