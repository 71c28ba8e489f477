import { randomBytes } from '../../cookies/random-bytes.js';
import { Sealer } from '../../cookies/seal.js';
import { decodeSession, encodeSession } from '../session-payload.js';
import type { Codec } from '../session-cookies.js';
import type { Session } from '../session.js';

/** What the browser's cookie holds of a session in a store: where it is and the key that opens it. */
export interface SessionHandle {
  readonly id: string;
  /** Opens the entry in the store; nobody else has it. */
  readonly key: string;
  /** In seconds since the epoch. */
  readonly expiresAt: number;
  /** In seconds since the epoch. */
  readonly createdAt: number;
}

export function newHandle({ id, expiresAt, createdAt }: Session): SessionHandle {
  return { id, key: randomBytes(32).toString('base64url'), expiresAt, createdAt };
}

export const HANDLE_CODEC: Codec<SessionHandle> = {
  encode: ({ id, key, expiresAt, createdAt }) =>
    Buffer.from(JSON.stringify([id, key, expiresAt, createdAt])),
  decode: (bytes) => {
    const parsed = JSON.parse(bytes.toString()) as [string, string, number, number];
    const [id, key, expiresAt, createdAt] = parsed;
    return Object.freeze({ id, key, expiresAt, createdAt });
  },
};

export function sealForStore(session: Session, { id, key }: SessionHandle): string {
  return new Sealer([key], 'stored session').seal(encodeSession(session), id);
}

/** The session, or nothing for an entry that was not sealed with this handle. */
export function openFromStore(sealed: string, { id, key }: SessionHandle): Session | undefined {
  const bytes = new Sealer([key], 'stored session').open(sealed, id);
  return bytes && decodeSession(bytes);
}
