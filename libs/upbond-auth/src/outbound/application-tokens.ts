import type { ClientCredentialsGrant } from '../authorization-server/token-grants.js';
import { sortedScope } from '../options/sorted-scope.js';
import { ApplicationToken, type ApplicationTokenSource } from './application-token.js';

const MAX_REMEMBERED = 500;

/** What an application asks for in its own name, made comparable. */
export type ApplicationGrant = Required<ClientCredentialsGrant>;

/** Makes the source of one token. */
export type SourceOf = (grant: ApplicationGrant) => ApplicationTokenSource;

/**
 * The access tokens of the application, one for each audience and scope, in this process alone. Bounded:
 * what was not asked for the longest is forgotten first.
 */
export class ApplicationTokens {
  readonly #tokens = new Map<string, ApplicationToken>();
  readonly #sourceOf: SourceOf;

  constructor(sourceOf: SourceOf) {
    this.#sourceOf = sourceOf;
  }

  of(audience: string, scope: string | readonly string[] = []): ApplicationToken {
    const grant = { audience, scope: sortedScope(scope) };
    const key = JSON.stringify([audience, grant.scope]);
    const token = this.#tokens.get(key) ?? new ApplicationToken(this.#sourceOf(grant));
    this.#tokens.delete(key);
    this.#tokens.set(key, token);
    this.#forgetOldest();
    return token;
  }

  #forgetOldest(): void {
    if (this.#tokens.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#tokens.keys();
    if (oldest !== undefined) this.#tokens.delete(oldest);
  }
}
