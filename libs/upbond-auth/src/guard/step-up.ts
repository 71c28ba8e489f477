import { hash } from 'node:crypto';
import type { StepUpOptions } from '../decorators/marks.js';

/** How and when somebody signed in, as far as that is known. */
export interface Authentication {
  readonly acr: unknown;
  /** Seconds since the epoch. */
  readonly authTime: unknown;
}

/** The clock, and how far another one may be from it. */
export interface StepUpClock {
  readonly now: number;
  readonly leewaySeconds: number;
}

/** Whether a sign-in was strong and recent enough (RFC 9470 §4). What is not known is neither. */
export function isStrongEnough(
  { acr, authTime }: Authentication,
  { acrValues, maxAgeSeconds }: StepUpOptions,
  { now, leewaySeconds }: StepUpClock,
): boolean {
  const isStrong = acrValues === undefined || acrValues.some((value) => value === acr);
  if (!isStrong || maxAgeSeconds === undefined) return isStrong;
  const isTime = typeof authTime === 'number' && Number.isFinite(authTime);
  // One from the future would stay recent for long
  return (
    isTime && authTime <= now + leewaySeconds && authTime + maxAgeSeconds + leewaySeconds >= now
  );
}

/** The requirement in the words of a challenge and of an authorization request alike. */
export function stepUpParameters({ acrValues, maxAgeSeconds }: StepUpOptions) {
  return {
    ...(acrValues && { acr_values: acrValues.join(' ') }),
    ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
  };
}

/**
 * What the browser is given along when it is sent to sign in again: for which requirement, and from
 * which session. It is no secret and proves nothing; it only ends circles.
 */
export function stepUpMark(options: StepUpOptions, sessionId: string): string {
  const digest = (text: string) => hash('sha256', text, 'base64url').slice(0, 16);
  return `${digest(JSON.stringify(stepUpParameters(options)))}.${digest(sessionId)}`;
}

/**
 * Whether the browser was sent away for this requirement and has come back with another session: to
 * send it again would be a circle. With the same session it did not sign in at all.
 */
export function hasComeBack(mark: string | undefined, current: string): boolean {
  if (mark === undefined || mark === current) return false;
  return mark.slice(0, mark.indexOf('.') + 1) === current.slice(0, current.indexOf('.') + 1);
}
