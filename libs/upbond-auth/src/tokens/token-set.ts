import { inspect } from 'node:util';

/** The plain members of a {@link TokenSet}, as they are sealed into a session. */
export interface TokenSetMembers {
  /** The access token (RFC 6749 §1.4). */
  readonly accessToken: string;
  /** The refresh token, when the authorization server gave one (RFC 6749 §1.5). */
  readonly refreshToken?: string | undefined;
  /** The ID token as it was received and verified (OpenID Connect Core §2). */
  readonly idToken?: string | undefined;
  /** How the access token is used; always `Bearer` here (RFC 6750). */
  readonly tokenType: 'Bearer';
  /** What was granted, as separate scope values. */
  readonly scope: readonly string[];
  /** When the access token came, in seconds since the epoch. */
  readonly receivedAt?: number | undefined;
  /** When the access token expires, in seconds since the epoch; absent when the server did not say. */
  readonly expiresAt?: number | undefined;
}

const REDACTED = '[TokenSet: redacted]';

/**
 * What the token endpoint gave: the access token and its companions.
 *
 * It cannot be printed: `console.log`, `JSON.stringify`, `util.inspect` and string conversion all
 * render a placeholder. Read its members explicitly where a token is really needed.
 *
 * **Security**: whoever holds a token acts as the user. Do not log, store or send it to a browser.
 */
export class TokenSet implements TokenSetMembers {
  readonly #members: TokenSetMembers;

  constructor(members: TokenSetMembers) {
    this.#members = { ...members, scope: Object.freeze([...members.scope]) };
    Object.freeze(this);
  }

  /** The access token, to be sent as `Authorization: Bearer` (RFC 6750 §2.1). */
  get accessToken(): string {
    return this.#members.accessToken;
  }

  /** The refresh token, when there is one. */
  get refreshToken(): string | undefined {
    return this.#members.refreshToken;
  }

  /** The verified ID token in its compact form, when there is one. */
  get idToken(): string | undefined {
    return this.#members.idToken;
  }

  /** Always `Bearer`. */
  get tokenType(): 'Bearer' {
    return this.#members.tokenType;
  }

  /** The granted scope values. */
  get scope(): readonly string[] {
    return this.#members.scope;
  }

  /** When the access token came, in seconds since the epoch. */
  get receivedAt(): number | undefined {
    return this.#members.receivedAt;
  }

  /** Expiry of the access token in seconds since the epoch, when the server said so. */
  get expiresAt(): number | undefined {
    return this.#members.expiresAt;
  }

  /** Renders the placeholder, so that a token cannot slip into a JSON answer or a log. */
  toJSON(): string {
    return REDACTED;
  }

  /** Renders the placeholder. */
  toString(): string {
    return REDACTED;
  }

  /** Renders the placeholder in `console.log` and `util.inspect`. */
  [inspect.custom](): string {
    return REDACTED;
  }
}
