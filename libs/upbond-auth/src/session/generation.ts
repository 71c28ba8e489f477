import { hash } from 'node:crypto';

const TIME_DIGITS = 9;
const PATTERN = /^[0-9a-z]{9}[0-9a-f]{6}$/;

/** Logins that end within the same ten seconds write the same names and so replace each other. */
const WINDOW_MILLISECONDS = 10_000;

/**
 * The generation of a session that begins, as part of its cookie's name: milliseconds in base 36, which
 * sort like time until the year 5188, and six more digits. A late answer sets an older name, so it
 * cannot overwrite a newer session.
 *
 * Time goes in steps, because a browser that restores twenty tabs ends twenty logins at once: each would
 * leave a session cookie of its own, and together they would exceed what servers accept as headers.
 */
export function nextGeneration(nowMilliseconds: number, previous: string | undefined): string {
  const window = Math.floor(nowMilliseconds / WINDOW_MILLISECONDS) * WINDOW_MILLISECONDS;
  return format(Math.max(window, previous === undefined ? 0 : timeOf(previous) + 1), '000000');
}

/**
 * The generation that a session gets by rolling: the same for all requests that roll it at the same
 * time, in whatever process, so that parallel answers replace each other instead of piling up.
 */
export function rolledGeneration(sessionId: string, previous: string): string {
  const digits = hash('sha256', `${sessionId} ${previous}`, 'hex').slice(0, 6);
  return format(timeOf(previous) + 1, digits);
}

export function isGeneration(text: string): boolean {
  return PATTERN.test(text);
}

function timeOf(generation: string): number {
  return parseInt(generation.slice(0, TIME_DIGITS), 36);
}

function format(time: number, digits: string): string {
  return Math.floor(time).toString(36).padStart(TIME_DIGITS, '0') + digits;
}
