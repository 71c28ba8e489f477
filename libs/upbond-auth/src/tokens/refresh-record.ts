import { hash } from 'node:crypto';
import { Sealer } from '../cookies/seal.js';
import { fromMembers, toMembers, type HeldTokens, type HeldTokensMembers } from './held-tokens.js';

const PURPOSE = 'refresh record';

/**
 * Where the result of spending a refresh token is remembered, and the only key that opens it: both come
 * from the old refresh token, so whoever does not hold it finds nothing and reads nothing.
 */
export class RefreshRecord {
  readonly key: string;
  readonly #sealer: Sealer;

  /** @param label keeps instances of the module apart */
  constructor(refreshToken: string, label: string) {
    this.key = `refresh:${hash('sha256', `${label} ${refreshToken}`, 'base64url')}`;
    this.#sealer = new Sealer([refreshToken], `${label} ${PURPOSE}`);
  }

  seal(tokens: HeldTokens): string {
    return this.#sealer.seal(Buffer.from(JSON.stringify(toMembers(tokens))), this.key);
  }

  /** The tokens; nothing for what was not sealed with this refresh token. */
  open(sealed: string): HeldTokens | undefined {
    const bytes = this.#sealer.open(sealed, this.key);
    return bytes && fromMembers(JSON.parse(bytes.toString()) as HeldTokensMembers);
  }
}
