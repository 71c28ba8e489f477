/** Seconds since the epoch, with fractions. */
export type Clock = () => number;

/** Injection token of the {@link Clock}, so that tests can move it. */
export const CLOCK = Symbol('UPBOND_AUTH_CLOCK');

export const systemClock: Clock = () => Date.now() / 1000;
