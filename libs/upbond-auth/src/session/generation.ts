import { hash } from 'node:crypto';

const TIME_DIGITS = 9;
/** What nine digits can say; a shared memory of the application's own may count faster than milliseconds. */
const LATEST = 36 ** TIME_DIGITS - 1;
/** What a generation looks like, as a part of a regular expression. */
export const GENERATION = '[0-9a-z]{9}[0-9a-f]{6}';

/** Logins of one user that end within the same ten seconds write the same names. */
const WINDOW_MILLISECONDS = 10_000;

/**
 * The generation of a session that begins, as part of its cookie's name: milliseconds in base 36, which
 * sort like time until the year 5188, and six digits of a digest. A late answer sets an older name, so it
 * cannot overwrite a newer session.
 *
 * Time goes in steps, because a browser that restores twenty tabs ends twenty logins at once: each would
 * leave a session cookie of its own, and together they would exceed what servers accept as headers.
 */
export function nextGeneration(
  nowMilliseconds: number,
  sub: string,
  previous: string | undefined,
): string {
  return format(
    Math.max(windowOf(nowMilliseconds), previous === undefined ? 0 : timeOf(previous) + 1),
    digits(sub),
  );
}

/**
 * The generation that a session gets by rolling: the same for all requests that roll it at the same
 * time, in whatever process, so that parallel answers replace each other instead of piling up.
 */
export function rolledGeneration(sessionId: string, previous: string): string {
  return format(timeOf(previous) + 1, digits(`${sessionId} ${previous}`));
}

/**
 * The generation that a session gets by refreshed tokens: named by when they came, so that an answer with
 * older ones, and one that only rolled the session, cannot replace them.
 */
export function refreshedGeneration(
  sessionId: string,
  refreshNumber: number,
  previous: string,
): string {
  const time = Math.max(windowOf(refreshNumber), timeOf(previous) + 2);
  return format(time, digits(`${sessionId} refreshed`));
}

/** When a generation was written, for comparing. */
export function timeOf(generation: string): number {
  return parseInt(generation.slice(0, TIME_DIGITS), 36);
}

function windowOf(milliseconds: number): number {
  return Math.floor(milliseconds / WINDOW_MILLISECONDS) * WINDOW_MILLISECONDS;
}

function digits(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 6);
}

function format(time: number, end: string): string {
  return Math.min(Math.floor(time), LATEST).toString(36).padStart(TIME_DIGITS, '0') + end;
}
