import { randomBytes } from 'node:crypto';

const TIME_DIGITS = 9;
const PATTERN = /^[0-9a-z]{9}[0-9a-f]{6}$/;

/**
 * The generation of a written session, as part of its cookie's name: milliseconds in base 36, which
 * sort like time until the year 5188, and six random digits that tell two writes of one millisecond
 * apart. A late answer sets an older name, so it cannot overwrite a newer session.
 */
export function nextGeneration(nowMilliseconds: number, previous: string | undefined): string {
  const after = previous === undefined ? 0 : parseInt(previous.slice(0, TIME_DIGITS), 36) + 1;
  const time = Math.max(nowMilliseconds, after).toString(36).padStart(TIME_DIGITS, '0');
  return time + randomBytes(3).toString('hex');
}

export function isGeneration(text: string): boolean {
  return PATTERN.test(text);
}
