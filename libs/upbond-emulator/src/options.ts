import type { UpbondEmulatorClient } from './clients.js';
import type { UpbondEmulatorHabits } from './habits.js';
import type { UpbondEmulatorUserInput } from './users.js';

/** How long things live, in seconds. */
export interface UpbondEmulatorLifetimes {
  /**
   * Access tokens, in seconds.
   *
   * @default 86400 (24 hours, as documented)
   */
  accessTokenSeconds: number;
  /**
   * ID tokens, in seconds.
   *
   * @default 3600 (1 hour)
   */
  idTokenSeconds: number;
  /**
   * Refresh tokens, in seconds.
   *
   * @default 2592000 (30 days)
   */
  refreshTokenSeconds: number;
  /**
   * Authorization codes, in seconds.
   *
   * @default 600 (10 minutes)
   */
  codeSeconds: number;
  /**
   * Sessions at the emulator, in seconds.
   *
   * @default 604800 (7 days, as documented)
   */
  sessionSeconds: number;
}

/** Names the user to sign in, by e-mail address or by subject identifier. */
export interface UpbondEmulatorAutoLogin {
  /** The user's e-mail address; upper and lower case do not matter. */
  email?: string;
  /** The user's subject identifier. */
  sub?: string;
}

/** Options of {@link startUpbondEmulator}; all can be left out. */
export interface UpbondEmulatorOptions {
  /**
   * TCP port.
   *
   * @default 0 (any free port)
   */
  port?: number;
  /**
   * Address to listen on. **Security**: anybody who reaches it signs in without a password.
   *
   * @default '127.0.0.1'
   */
  host?: string;
  /**
   * Origin under which browsers and applications reach the emulator; issuer and endpoints are built
   * from it, never from the Host header.
   *
   * @default 'http://localhost:<port>' ('https://localhost:<port>' with `tls`)
   */
  publicUrl?: string;
  /**
   * Private key and certificate (PEM): the emulator speaks https itself.
   *
   * @default undefined (plain http)
   */
  tls?: {
    /** Private key (PEM). */
    key: string;
    /** Certificate, or chain of certificates (PEM). */
    cert: string;
  };
  /**
   * Applications that may use the emulator.
   *
   * @default the client `demo` with the callback `http://localhost:3000/auth/callback`
   */
  clients?: readonly UpbondEmulatorClient[];
  /**
   * People who can sign in.
   *
   * @default four ready-made people, one of them without a wallet
   */
  users?: readonly UpbondEmulatorUserInput[];
  /**
   * Habits that differ from the defaults.
   *
   * @default {}
   */
  habits?: Partial<UpbondEmulatorHabits>;
  /**
   * Lifetimes that differ from the defaults, in seconds.
   *
   * @default {}
   */
  lifetimes?: Partial<UpbondEmulatorLifetimes>;
  /**
   * Starts although `NODE_ENV` is `production`. **Security**: everybody can be anybody.
   *
   * @default false
   */
  allowProduction?: boolean;
  /**
   * Signs this user in and consents without showing pages; for tests. `prompt=none` is still refused
   * with `login_required` as long as the browser has no session.
   *
   * @default undefined (pages are shown)
   */
  autoLogin?: UpbondEmulatorAutoLogin;
  /**
   * Receives a line for each thing a developer should know, e.g. a refused request.
   *
   * @default silent
   */
  logger?: (line: string) => void;
}
