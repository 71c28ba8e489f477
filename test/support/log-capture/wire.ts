// Secrets are recognised where they cross the wire: whatever server of this process a request reaches,
// emulator, scripted server or application, and whoever made the secret.
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { recordSecret } from './captured.js';

/** What a parameter, form field or JSON member of these names holds is a secret. */
const NAMES = [
  'access_token',
  'assertion',
  'client_assertion',
  'client_secret',
  'code_verifier',
  'id_token',
  'id_token_hint',
  'logout_token',
  'nonce',
  'refresh_token',
  'token',
].join('|');
/** In JSON these are something else, such as the code of an error. */
const NAMES_IN_FORMS = `${NAMES}|code|state`;
const PARAMETER = new RegExp(`(?<=^|[?&#])(${NAMES_IN_FORMS})=([^&#\\s]+)`, 'g');
const MEMBER = new RegExp(`"(${NAMES})"\\s*:\\s*("(?:[^"\\\\]|\\\\.)*")`, 'g');
const OUR_COOKIE = /(?:^|[;\s])((?:__Host-)?upbond[-_][^=;\s]+)=([^;\s]+)/g;
const LINE = /^(set-cookie|location): (.*)$/gim;
/** A longer body is no token response. */
const MOST_BYTES = 65_536;

/** Reads along with every request to a server of this process, and with its answer. */
export function recordWire(): void {
  channel('http.server.request.start').subscribe((message) => {
    const { request, response } = message as Exchange;
    recordParameters(request.url ?? '');
    recordCookies(request.headers.cookie ?? '');
    recordAuthorization(request.headers.authorization ?? '');
    const asked = readAlong(request, ['push']);
    const answered = readAlong(response, ['write', 'end']);
    // Not `finish`: a connection that was cut had carried secrets too
    response.once('close', () => {
      recordBody(asked());
      recordBody(answered());
      recordHeaders((response as { _header?: string | null })._header ?? '');
    });
  });
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Hears what is passed to these methods; answers what was heard. */
function readAlong(target: object, methods: readonly string[]): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  for (const method of methods) {
    const original = Reflect.get(target, method) as (...values: unknown[]) => unknown;
    Reflect.set(target, method, function (this: unknown, chunk: unknown, ...more: unknown[]) {
      if (size < MOST_BYTES && (typeof chunk === 'string' || chunk instanceof Uint8Array)) {
        chunks.push(Buffer.from(chunk as string));
        size += chunk.length;
      }
      return original.call(this, chunk, ...more);
    });
  }
  return () => Buffer.concat(chunks).toString();
}

function recordBody(body: string): void {
  recordParameters(body);
  for (const [, name = '', value = '""'] of body.matchAll(MEMBER)) {
    recordSecret(name, unescaped(value));
  }
}

function recordParameters(text: string): void {
  for (const [, name = '', value = ''] of text.matchAll(PARAMETER)) {
    const spaced = value.replaceAll('+', ' ');
    recordSecret(name, decoded(spaced));
  }
}

function recordHeaders(head: string): void {
  for (const [, name = '', value = ''] of head.matchAll(LINE)) {
    if (name.toLowerCase() === 'location') recordParameters(value);
    else recordCookies(value);
  }
}

function recordCookies(text: string): void {
  for (const [, , value = ''] of text.matchAll(OUR_COOKIE)) recordSecret('cookie', value);
}

function recordAuthorization(text: string): void {
  const [scheme = '', credential = ''] = text.split(' ', 2);
  if (/^bearer$/i.test(scheme)) recordSecret('bearer token', credential);
  if (!/^basic$/i.test(scheme)) return;
  recordSecret('basic credential', credential);
  const [, secret = ''] = Buffer.from(credential, 'base64').toString().split(':', 2);
  recordSecret('client_secret', decoded(secret));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unescaped(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}
