/** The times of a session, in seconds since the epoch. */
export interface SessionTimes {
  /** When the login happened. */
  readonly createdAt: number;
  /** When the session ends in any case. */
  readonly expiresAt: number;
  /** When the session ends unless it is used. */
  readonly idleExpiresAt: number;
}

/** How long sessions last, in seconds. */
export interface SessionLifetimes {
  readonly sessionLifetimeSeconds: number;
  readonly sessionIdleSeconds: number;
}

/** Part of the idle time that passes before it is prolonged: an ordinary request writes nothing. */
const ROLLING_SHARE = 0.1;

export function newTimes(now: number, lifetimes: SessionLifetimes): SessionTimes {
  const expiresAt = Math.floor(now) + lifetimes.sessionLifetimeSeconds;
  // With milliseconds, because revocations mean the sessions that began before them
  return {
    createdAt: Math.round(now * 1000) / 1000,
    expiresAt,
    idleExpiresAt: idleExpiry(now, expiresAt, lifetimes),
  };
}

export function isAlive(times: SessionTimes, now: number): boolean {
  return now < times.expiresAt && now < times.idleExpiresAt;
}

/** Whether a use of the session now is worth writing down. */
export function isDueForRolling(
  times: SessionTimes,
  now: number,
  lifetimes: SessionLifetimes,
): boolean {
  const prolonged = idleExpiry(now, times.expiresAt, lifetimes);
  return prolonged - times.idleExpiresAt > lifetimes.sessionIdleSeconds * ROLLING_SHARE;
}

export function rolled<Times extends SessionTimes>(
  times: Times,
  now: number,
  lifetimes: SessionLifetimes,
): Times {
  return { ...times, idleExpiresAt: idleExpiry(now, times.expiresAt, lifetimes) };
}

function idleExpiry(now: number, expiresAt: number, lifetimes: SessionLifetimes): number {
  return Math.min(Math.floor(now) + lifetimes.sessionIdleSeconds, expiresAt);
}
