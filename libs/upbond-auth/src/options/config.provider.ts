/** Injection token of the resolved `UpbondAuthConfig` of an instance. */
export const UPBOND_AUTH_CONFIG = Symbol('UPBOND_AUTH_CONFIG');
