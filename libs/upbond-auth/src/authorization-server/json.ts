import type { UpbondAuthErrorCode } from '../errors/error-codes.js';
import { quoted, UpbondAuthException } from '../errors/upbond-auth.exception.js';

/** A parsed JSON object whose members are not checked yet. */
export type JsonObject = { readonly [member: string]: unknown };

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a JSON object; anything else rejects with `code`. The status is the caller's concern. */
export async function readJson(
  response: Response,
  what: string,
  code: UpbondAuthErrorCode,
): Promise<JsonObject> {
  if (!isJson(response)) {
    const type = quoted(response.headers.get('content-type') ?? 'none');
    throw new UpbondAuthException(code, { detail: `${what} has content type ${type}` });
  }
  const object = await tryReadJson(response);
  if (object) return object;
  throw new UpbondAuthException(code, { detail: `${what} is not a JSON object` });
}

/** Reads a JSON object whatever the content type claims, or `undefined`. */
export async function tryReadJson(response: Response): Promise<JsonObject | undefined> {
  try {
    return parseObject(UTF_8.decode(await response.arrayBuffer()));
  } catch {
    // Not quoted, not kept as a cause: a parser's message repeats the text, which can be a token
    return undefined;
  }
}

/** Whether a value is a JSON object, not an array or `null`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string): JsonObject | undefined {
  const value: unknown = mayNameProto(text) ? JSON.parse(text, withoutProto) : JSON.parse(text);
  return isJsonObject(value) ? value : undefined;
}

// An own `__proto__` member turns into a prototype as soon as somebody copies it with `target[name]`
const mayNameProto = (text: string): boolean => text.includes('__proto__') || text.includes('\\u');
const withoutProto = (name: string, value: unknown): unknown =>
  name === '__proto__' ? undefined : value;

/** Whether an answer is called JSON (RFC 8259 §11, RFC 6839 §3.1). */
export function isJson(response: Response): boolean {
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  return /^application\/(?:[\w.-]+\+)?json$/i.test(type.trim());
}
