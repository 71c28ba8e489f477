/** Injection token of the {@link Sessions} of an instance. */
export const SESSIONS = Symbol('UPBOND_AUTH_SESSIONS');
