import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { CLIENT_ID } from '../support/application.js';

export const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** A request to the revocation endpoint. */
export interface Revocation {
  readonly type: string;
  readonly body: string;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
type Keys = { privateKey: CryptoKey; publicKey: CryptoKey };

/** Made once: RSA keys take their time. */
const keys: Promise<Keys> = generateKeyPair('RS256', { extractable: true });
const seconds = (): number => Math.floor(Date.now() / 1000);

/** The answers of an endpoint. */
export const ANSWERS = {
  ok: (_request, response) => void response.end(),
  serverError: (_request, response) => void response.writeHead(500).end('<html>'),
  hangUp: (_request, response) => void response.destroy(),
  never: () => undefined,
} satisfies Record<string, Handler>;

/** An authorization server that signs anything that a test wants, and misbehaves where it is told to. */
export class LoginServer {
  /** Who signs in next, and the session that it gets here. */
  sub = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
  sid: string | undefined = randomUUID();
  refreshToken: string | undefined = 'rt-of-the-scripted-server';
  /** Members of the metadata on top of the usual ones; `undefined` removes one. */
  metadata: Record<string, unknown> = {};
  /** Endpoints that answer something else, by path. */
  readonly scripts = new Map<string, Handler>();
  readonly revocations: Revocation[] = [];
  readonly #nonces = new Map<string, string>();

  private constructor(
    readonly keys: Keys,
    readonly publicJwk: JWK,
    readonly redirectUri: string,
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(redirectUri: string): Promise<LoginServer> {
    const pair = await keys;
    const publicJwk = {
      ...(await exportJWK(pair.publicKey)),
      kid: 'one',
      alg: 'RS256',
      use: 'sig',
    };
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const { port } = http.address() as AddressInfo;
    const server = new LoginServer(pair, publicJwk, redirectUri, `http://127.0.0.1:${port}`, http);
    http.on('request', (request, response) => {
      server.#answer(request, response).catch(() => response.destroy());
    });
    return server;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Claims of an honest logout token for whoever signed in last; `undefined` removes one. */
  logoutClaims(changes: Record<string, unknown> = {}): Record<string, unknown> {
    const claims = {
      iss: this.url,
      aud: CLIENT_ID,
      iat: seconds(),
      exp: seconds() + 120,
      jti: randomUUID(),
      sub: this.sub,
      sid: this.sid,
      events: { [EVENT]: {} },
      ...changes,
    };
    return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  }

  /** A logout token, honest but for these changes. */
  logoutToken(
    changes: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key: CryptoKey | Uint8Array = this.keys.privateKey,
  ): Promise<string> {
    return new SignJWT(this.logoutClaims(changes))
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'logout+jwt', ...header })
      .sign(key);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const script = this.scripts.get(url.pathname);
    if (url.pathname === '/oauth/revoke') return this.#revoke(request, response, script);
    if (script) {
      request.resume();
      return script(request, response);
    }
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, this.#metadata());
      case '/.well-known/jwks.json':
        return json(response, { keys: [this.publicJwk] });
      case '/authorize':
        return this.#authorize(url.searchParams, response);
      case '/oauth/token':
        return json(response, await this.#tokens(new URLSearchParams(await text(request))));
      default:
        return json(response, {}, 404);
    }
  }

  #metadata(): object {
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/oauth/token`,
      jwks_uri: `${this.url}/.well-known/jwks.json`,
      revocation_endpoint: `${this.url}/oauth/revoke`,
      ...this.metadata,
    };
  }

  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const code = randomUUID();
    this.#nonces.set(code, query.get('nonce') ?? '');
    const back = new URL(this.redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    response.writeHead(302, { location: back.href }).end();
  }

  async #tokens(form: URLSearchParams): Promise<object> {
    const nonce = this.#nonces.get(form.get('code') ?? '');
    const { sub, sid, refreshToken } = this;
    const idToken = new SignJWT({ sub, sid, nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(this.url)
      .setAudience(CLIENT_ID)
      .setIssuedAt()
      .setExpirationTime('1h');
    return {
      access_token: randomUUID(),
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: refreshToken,
      id_token: await idToken.sign(this.keys.privateKey),
    };
  }

  async #revoke(
    request: IncomingMessage,
    response: ServerResponse,
    script = ANSWERS.ok as Handler,
  ) {
    const body = await text(request);
    this.revocations.push({ type: request.headers['content-type'] ?? '', body });
    await script(request, response);
  }
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
