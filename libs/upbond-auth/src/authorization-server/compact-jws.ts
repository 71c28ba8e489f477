import { errors, type JWTPayload } from 'jose';
import { quoted } from '../errors/upbond-auth.exception.js';
import { isJsonObject, type JsonObject } from './json.js';

/** A JWS in compact serialization (RFC 7515 §3.1), taken apart; its signature is not verified yet. */
export interface CompactJws {
  /** Without extensions that would have to be understood. */
  readonly header: JsonObject;
  /** One that is allowed. */
  readonly alg: string;
  /** What the signature is about (RFC 7515 §5.2 (8)). */
  readonly signed: Buffer;
  /** Absent when it is not spelled as base64url. */
  readonly payload: Buffer | undefined;
  /** Absent when it is not spelled as base64url. */
  readonly signature: Buffer | undefined;
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Takes a token apart.
 *
 * @throws errors.JOSEError of `jose`: `JWSInvalid`, `JOSENotSupported` or `JOSEAlgNotAllowed`
 */
export function readJws(token: string, algorithms: readonly string[]): CompactJws {
  const [protectedPart = '', payload, signature, more] = token.split('.', 4);
  if (payload === undefined || signature === undefined || more !== undefined) {
    throw new errors.JWSInvalid('it does not have three parts');
  }
  const header = readObject(decoded(protectedPart));
  if (!header) throw new errors.JWSInvalid('its header is no JSON object');
  return {
    header,
    alg: checkedAlgorithm(header, algorithms),
    signed: Buffer.from(`${protectedPart}.${payload}`),
    payload: decoded(payload),
    signature: decoded(signature),
  };
}

/**
 * The claims that a payload holds.
 *
 * @throws errors.JWTInvalid of `jose` when it is no JSON object
 */
export function readClaims(payload: Uint8Array): JWTPayload {
  const claims = readObject(payload);
  if (!claims) throw new errors.JWTInvalid('its claims are no JSON object');
  return claims;
}

function checkedAlgorithm({ alg, crit, b64 }: JsonObject, algorithms: readonly string[]): string {
  // RFC 7515 §4.1.11: no extension is understood here; RFC 7797 is one, and not for JWTs (§7)
  if (crit !== undefined || b64 !== undefined) {
    throw new errors.JOSENotSupported('crit or b64 in the header');
  }
  if (typeof alg !== 'string' || alg === '') throw new errors.JWSInvalid('alg is no text');
  if (algorithms.includes(alg)) return alg;
  throw new errors.JOSEAlgNotAllowed(`alg ${quoted(alg)} is not among those that are allowed`);
}

/** One spelling for one token: decoders pass over unused bits and foreign characters (RFC 4648 §3.5). */
function decoded(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function readObject(bytes: Uint8Array | undefined): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(UTF_8.decode(bytes));
    return isJsonObject(value) ? value : undefined;
  } catch {
    // Not kept as a cause: a parser's message repeats the text
    return undefined;
  }
}
