import { resolveClients } from './clients.js';
import type { UpbondEmulatorClient } from './clients.js';
import { UpbondEmulatorError } from './errors.js';
import { defaultHabits } from './habits.js';
import type { UpbondEmulatorHabits } from './habits.js';
import type { UpbondEmulatorLifetimes, UpbondEmulatorOptions } from './options.js';
import { findUser, resolveUsers } from './users.js';
import type { UpbondEmulatorUser } from './users.js';

/** The options, validated and complete. */
export interface EmulatorConfig {
  port: number;
  host: string;
  publicUrl: URL | undefined;
  tls: { key: string; cert: string } | undefined;
  clients: UpbondEmulatorClient[];
  users: UpbondEmulatorUser[];
  habits: UpbondEmulatorHabits;
  lifetimes: UpbondEmulatorLifetimes;
  autoLoginUser: UpbondEmulatorUser | undefined;
  logger: (line: string) => void;
}

const day = 86_400;

const defaultLifetimes: UpbondEmulatorLifetimes = {
  accessTokenSeconds: day,
  idTokenSeconds: 3600,
  refreshTokenSeconds: 30 * day,
  codeSeconds: 600,
  sessionSeconds: 7 * day,
};

function refuseProduction(allowProduction: boolean | undefined): void {
  if (process.env['NODE_ENV'] !== 'production' || allowProduction === true) return;
  throw new UpbondEmulatorError(
    'production_refused',
    'The UPBOND emulator signs anybody in without a password, so it does not start with NODE_ENV=production. Set allowProduction (--allow-production) if you really mean it.',
  );
}

function parsePublicUrl(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    throw new UpbondEmulatorError(
      'invalid_options',
      `publicUrl must be an origin such as https://login.example.test:8443, not ${JSON.stringify(text)}.`,
    );
  }
  return url;
}

function resolveLifetimes(given: Partial<UpbondEmulatorLifetimes> = {}): UpbondEmulatorLifetimes {
  const lifetimes = { ...defaultLifetimes, ...given };
  for (const [name, seconds] of Object.entries(lifetimes)) {
    if (Number.isSafeInteger(seconds) && seconds > 0) continue;
    const message = `lifetimes.${name} must be a positive whole number of seconds.`;
    throw new UpbondEmulatorError('invalid_options', message);
  }
  return lifetimes;
}

function resolveAutoLogin(
  autoLogin: UpbondEmulatorOptions['autoLogin'],
  users: readonly UpbondEmulatorUser[],
): UpbondEmulatorUser | undefined {
  if (autoLogin === undefined) return undefined;
  const user = findUser(users, autoLogin);
  if (user) return user;
  const message = `autoLogin names nobody among the users: ${JSON.stringify(autoLogin)}.`;
  throw new UpbondEmulatorError('invalid_options', message);
}

function resolvePort(port = 0): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UpbondEmulatorError(
    'invalid_options',
    `port must be between 0 and 65535, not ${port}.`,
  );
}

export function resolveOptions(options: UpbondEmulatorOptions = {}): EmulatorConfig {
  refuseProduction(options.allowProduction);
  const users = resolveUsers(options.users);
  return {
    port: resolvePort(options.port),
    host: options.host ?? '127.0.0.1',
    publicUrl: parsePublicUrl(options.publicUrl),
    tls: options.tls,
    clients: resolveClients(options.clients),
    users,
    habits: { ...defaultHabits, ...options.habits },
    lifetimes: resolveLifetimes(options.lifetimes),
    autoLoginUser: resolveAutoLogin(options.autoLogin, users),
    logger: options.logger ?? (() => undefined),
  };
}
