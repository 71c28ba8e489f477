import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { JsonObject } from '../options/upbond-auth-options.js';
import { fromMembers, toMembers, type HeldTokensMembers } from '../tokens/held-tokens.js';
import { deepFreeze } from '../options/deep-freeze.js';
import { packText, unpackText } from './packed-text.js';
import type { Codec } from './session-cookies.js';
import type { Session } from './session.js';

const MAX_BYTES = 256 * 1024;

/** Sealed it still fits into one cookie. */
const MOST_PACKED_BYTES = 2800;

/** What the first byte says of the rest. */
const PACKED = 0;
const DEFLATED = 1;

/** A session in the short words that are sealed. */
interface Payload extends HeldTokensMembers {
  readonly i: string;
  readonly s: string;
  readonly d?: string | undefined;
  readonly a?: number | undefined;
  readonly u: JsonObject;
  readonly c: number;
  readonly e: number;
  readonly r: number;
}

/** The bytes of a session: tokens are base64 and shrink by a quarter. What is big all the same is compressed. */
export function encodeSession(session: Session): Buffer {
  const { id, sub, sid, authTime, user, createdAt, expiresAt, idleExpiresAt } = session;
  const payload: Payload = {
    i: id,
    s: sub,
    d: sid,
    a: authTime,
    u: user,
    ...toMembers(session),
    c: createdAt,
    e: expiresAt,
    r: idleExpiresAt,
  };
  const json = JSON.stringify(payload);
  const size = Buffer.byteLength(json);
  if (size > MAX_BYTES) {
    throw new UpbondAuthException('session_too_large', {
      detail: `the session has ${size} bytes, more than ${MAX_BYTES}: let onLogin keep less of the user`,
    });
  }
  return toBytes(json);
}

/** The session, deeply frozen. Only bytes that were sealed here get this far, if perhaps by another version. */
export function decodeSession(bytes: Buffer): Session | undefined {
  const payload = parse(bytes);
  if (payload === undefined) return undefined;
  const { i, s, d, a, u, c, e, r } = payload;
  const { tokenSet, furtherTokens, refreshNumber } = fromMembers(payload);
  return Object.freeze({
    id: i,
    sub: s,
    sid: d,
    authTime: a,
    user: deepFreeze(u),
    tokenSet,
    furtherTokens,
    refreshNumber,
    createdAt: c,
    expiresAt: e,
    idleExpiresAt: r,
  });
}

function parse(bytes: Buffer): Payload | undefined {
  try {
    const json = toText(bytes);
    return json === undefined ? undefined : (JSON.parse(json) as Payload);
  } catch {
    return undefined;
  }
}

/** Undoing compression is what would take longest of all: only what needs several cookies is worth it. */
function toBytes(text: string): Buffer {
  const packed = packText(text);
  return packed.length > MOST_PACKED_BYTES
    ? Buffer.concat([Buffer.of(DEFLATED), deflateRawSync(text)])
    : Buffer.concat([Buffer.of(PACKED), packed]);
}

function toText(bytes: Buffer): string | undefined {
  const rest = bytes.subarray(1);
  if (bytes[0] === PACKED) return unpackText(rest);
  if (bytes[0] !== DEFLATED) return undefined;
  return inflateRawSync(rest, { maxOutputLength: MAX_BYTES }).toString();
}

export const SESSION_CODEC: Codec<Session> = { encode: encodeSession, decode: decodeSession };
