import { AccessTokenTwins } from './access-token.js';
import { resolveClients } from './clients.js';
import type { UpbondEmulatorClient } from './clients.js';
import { resolveOptions } from './config.js';
import type { EmulatorConfig } from './config.js';
import { newCounters } from './counters.js';
import type { UpbondEmulatorCounters } from './counters.js';
import type { UpbondEmulatorHabits } from './habits.js';
import { SigningKeys } from './keys.js';
import { MemoryStore } from './memory-store.js';
import type { UpbondEmulatorOptions } from './options.js';
import { buildProvider, issuerOf } from './provider.js';
import { requestHandler } from './request-handler.js';
import type { RunningEmulator } from './request-handler.js';
import { HttpServer } from './server.js';
import type { UpbondEmulatorUser } from './users.js';

/** A running emulator. */
export interface UpbondEmulator {
  /** Public origin without a trailing slash, e.g. `http://localhost:4400`. */
  readonly url: string;
  /** Issuer identifier as it stands in tokens; follows the habit `issuerTrailingSlash`. */
  readonly issuer: string;
  /** TCP port that is listened on. */
  readonly port: number;
  /** The people who can sign in. */
  readonly users: readonly UpbondEmulatorUser[];
  /** The registered applications. */
  readonly clients: readonly UpbondEmulatorClient[];
  /** Requests per endpoint since the start; a live object. */
  readonly counters: Readonly<UpbondEmulatorCounters>;
  /**
   * Stops at once: frees the port, cuts open connections and forgets everything. May be called twice.
   */
  close(): Promise<void>;
  /** Signs with new keys from now on. The keys before stay published until the next rotation. */
  rotateSigningKeys(): Promise<void>;
  /**
   * Changes habits while running; sessions and tokens stay.
   *
   * @throws {@link UpbondEmulatorError} `invalid_options` when a client cannot work with them.
   */
  setHabits(habits: Partial<UpbondEmulatorHabits>): Promise<void>;
  /**
   * Replaces the registered applications while running, such as to rotate a secret or a key; sessions
   * and tokens stay.
   *
   * @throws {@link UpbondEmulatorError} `invalid_options` with what to change; nothing changes then.
   */
  setClients(clients: readonly UpbondEmulatorClient[]): Promise<void>;
}

function defaultPublicUrl(port: number, { tls }: EmulatorConfig): URL {
  return new URL(`${tls ? 'https' : 'http'}://localhost:${port}`);
}

/**
 * Starts a local Login 3.0 in this process, for development and tests.
 *
 * @example
 * ```ts
 * const emulator = await startUpbondEmulator({ autoLogin: { email: 'hanako@example.com' } });
 * // … point the application at emulator.url …
 * await emulator.close();
 * ```
 * @throws {@link UpbondEmulatorError} `production_refused` with `NODE_ENV=production`,
 *   `port_unavailable` when the port is taken, `invalid_options` with the option to change.
 */
export async function startUpbondEmulator(
  options: UpbondEmulatorOptions = {},
): Promise<UpbondEmulator> {
  const config = resolveOptions(options);
  const server = new HttpServer(config);
  const port = await server.listen(config);
  try {
    return await start(config, server, port);
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function start(
  config: EmulatorConfig,
  server: HttpServer,
  port: number,
): Promise<UpbondEmulator> {
  const publicUrl = config.publicUrl ?? defaultPublicUrl(port, config);
  const keys = new SigningKeys();
  const parts = {
    config,
    publicUrl,
    keys,
    store: new MemoryStore(),
    twins: new AccessTokenTwins(),
  };
  const emulator = {
    config,
    publicUrl,
    counters: newCounters(),
    twins: parts.twins,
    habits: config.habits,
    publishedKeys: () => keys.publicJwks,
  };
  const provider = await buildProvider({ ...parts, habits: config.habits }, emulator.counters);
  const running: RunningEmulator = Object.assign(emulator, { provider });
  server.serve(requestHandler(running));

  async function rebuild(habits: UpbondEmulatorHabits): Promise<void> {
    running.provider = await buildProvider({ ...parts, habits }, running.counters);
    running.habits = habits;
  }

  return {
    url: publicUrl.origin,
    port,
    users: config.users,
    get clients() {
      return config.clients;
    },
    counters: running.counters,
    get issuer() {
      return issuerOf(publicUrl, running.habits);
    },
    close: () => server.close(),
    async rotateSigningKeys() {
      await keys.rotate();
      await rebuild(running.habits);
    },
    setHabits: (habits) => rebuild({ ...running.habits, ...habits }),
    async setClients(clients) {
      const before = config.clients;
      config.clients = resolveClients(clients);
      await rebuild(running.habits).catch((error: unknown) => {
        config.clients = before;
        throw error;
      });
    },
  };
}
