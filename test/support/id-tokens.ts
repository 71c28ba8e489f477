import { createHash, randomUUID } from 'node:crypto';
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose';

/** A key pair of an authorization server. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** What an ID token is made of, before it is signed. */
export interface IdTokenDraft {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
  readonly key: SigningKey;
  /** The access token that it comes with. */
  readonly accessToken: string;
}

/** Makes the ID token of a token response; `undefined` leaves it out. */
export type IdTokenMaker = (draft: IdTokenDraft) => Promise<string | undefined>;

const keys = new Map<string, Promise<SigningKey>>();

/** A real key; the same one for the same label, because RSA keys take their time to make. */
export function signingKey(alg = 'RS256', label = 'first'): Promise<SigningKey> {
  const name = `${alg} ${label}`;
  const known = keys.get(name) ?? makeKey(alg);
  keys.set(name, known);
  return known;
}

async function makeKey(alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const kid = randomUUID();
  const publicJwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  return { alg, kid, privateKey, publicKey, publicJwk };
}

/** Signs a draft as it is, whatever its header and claims say. */
export function sign({ claims, header, key }: Omit<IdTokenDraft, 'accessToken'>): Promise<string> {
  return signText(JSON.stringify(claims), header, key.privateKey);
}

/** Signs any text as the payload of a token. */
export function signText(
  payload: string,
  header: Readonly<Record<string, unknown>>,
  key: CryptoKey | Uint8Array,
): Promise<string> {
  const protectedHeader = header as { alg: string };
  return new CompactSign(Buffer.from(payload)).setProtectedHeader(protectedHeader).sign(key);
}

/** A token that carries a header and claims, and any text for a signature. */
export function unsigned(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  signature = '',
): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(claims)}.${signature}`;
}

/** An honest token but for these claims; `undefined` removes one. */
export function withClaims(claims: Readonly<Record<string, unknown>>): IdTokenMaker {
  return (draft) => sign({ ...draft, claims: { ...draft.claims, ...claims } });
}

/** An honest token but for these members of its header; `undefined` removes one. */
export function withHeader(header: Readonly<Record<string, unknown>>): IdTokenMaker {
  return (draft) => sign({ ...draft, header: { ...draft.header, ...header } });
}

/** The `at_hash` of an access token (OpenID Connect Core §3.1.3.6). */
export function accessTokenHash(accessToken: string, hash = 'sha256'): string {
  const digest = createHash(hash).update(accessToken).digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}
