import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  problemsOfAuthorizationRequest,
  problemsOfIntrospection,
  problemsOfTokenRequest,
  type IssuedCode,
  type Registration,
} from './conformance-checks.js';
import { sign, signingKey, type IdTokenMaker, type SigningKey } from './id-tokens.js';

export const ENDPOINTS = [
  'discovery',
  'jwks',
  'authorize',
  'token',
  'userinfo',
  'introspection',
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** A request as it came. */
export interface RecordedRequest {
  readonly endpoint: Endpoint | 'unknown';
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly form: URLSearchParams;
}

/** An answer; an object for a body is JSON. */
export interface Reply {
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array | object | null;
}

/** Does anything to the response, its socket included. */
export type Fault = (response: ServerResponse) => void;

/** Replaces the answer of an endpoint; `healthy` makes the one it would have been. */
export type Script = (
  request: RecordedRequest,
  healthy: () => Promise<Reply>,
) => Reply | Fault | Promise<Reply | Fault>;

/** One more address that the server answers at, to be closed and opened again. */
export interface Door {
  readonly url: string;
  close(): Promise<void>;
  /** Listens again, on the same port. */
  reopen(): Promise<void>;
}

const DOCUMENTED_PATHS: Readonly<Record<Endpoint, string>> = {
  discovery: '/.well-known/openid-configuration',
  jwks: '/.well-known/jwks.json',
  authorize: '/authorize',
  token: '/oauth/token',
  userinfo: '/userinfo',
  introspection: '/oauth/introspect',
};

/**
 * An authorization server that can be told to misbehave in any way. What it is sent is held to the
 * checks that the OpenID conformance suite makes in all of its modules; whoever uses it asserts that
 * `problems` stays empty.
 */
export class ScriptedServer {
  /** Where it answers; the first one is the front door. */
  readonly doors: Door[] = [];
  /** Every request, in order. */
  readonly requests: RecordedRequest[] = [];
  /** What the client did wrong. */
  readonly problems: string[] = [];
  /** Who signs in. */
  sub = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK';
  paths: Record<Endpoint, string> = { ...DOCUMENTED_PATHS };
  /** The key that signs. */
  key!: SigningKey;
  /** The keys that are published; the signing one when it is not set. */
  published: readonly unknown[] | undefined;
  makeIdToken: IdTokenMaker = sign;
  /** Members of the metadata on top of the usual ones; `undefined` removes one. */
  metadata: Record<string, unknown> = {};
  /** Members of the token response on top of the usual ones; `undefined` removes one. */
  tokenResponse: Record<string, unknown> = {};
  /** Opaque tokens, and what introspection says of them; any other is not active. */
  readonly tokens = new Map<string, object>();
  /** Parameters of the authorization response on top of the usual ones; `undefined` removes one. */
  authorizationResponse: Record<string, string | undefined> = {};

  readonly #scripts = new Map<Endpoint, Script>();
  readonly #codes = new Map<string, IssuedCode>();

  private constructor(readonly client: Registration) {}

  static async start(client: Registration): Promise<ScriptedServer> {
    const server = new ScriptedServer(client);
    server.key = await signingKey();
    await server.openDoor();
    return server;
  }

  /** The front door's address, which is the issuer too. */
  get url(): string {
    return this.front.url;
  }

  get front(): Door {
    return this.doors[0]!;
  }

  /** The answers of this endpoint from now on. */
  script(endpoint: Endpoint, script: Script | Reply): void {
    this.#scripts.set(endpoint, typeof script === 'function' ? script : () => script);
  }

  /** Every connection to this endpoint ends like this from now on. */
  breakWith(endpoint: Endpoint, fault: Fault): void {
    this.#scripts.set(endpoint, () => fault);
  }

  /** An honest server again; keys and records stay. */
  heal(): void {
    this.#scripts.clear();
    this.makeIdToken = sign;
    this.tokenResponse = {};
    this.authorizationResponse = {};
  }

  /** How often an endpoint was asked. */
  count(endpoint: Endpoint): number {
    return this.requests.filter((request) => request.endpoint === endpoint).length;
  }

  /** The latest request to an endpoint. */
  last(endpoint: Endpoint): RecordedRequest {
    return this.requests.findLast((request) => request.endpoint === endpoint)!;
  }

  async openDoor(): Promise<Door> {
    const door = await openDoor((request, response) => {
      // A fault of the script itself must be seen, not wait for a deadline
      this.#answer(request, response).catch((error: unknown) => {
        this.problems.push(`the script failed: ${String(error)}`);
        response.destroy();
      });
    });
    this.doors.push(door);
    return door;
  }

  async close(): Promise<void> {
    await Promise.all(this.doors.map((door) => door.close()));
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await this.#record(incoming);
    if (request.endpoint === 'unknown') return send(response, { status: 404 });
    const { endpoint } = request;
    const healthy = () => this.#healthy(endpoint, request);
    this.#check(request);
    const script = this.#scripts.get(endpoint);
    const reply = await (script ? script(request, healthy) : healthy());
    if (typeof reply === 'function') reply(response);
    else send(response, reply);
  }

  async #record(incoming: IncomingMessage): Promise<RecordedRequest> {
    const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://anywhere.invalid');
    const endpoint = ENDPOINTS.find((name) => this.paths[name] === pathname) ?? 'unknown';
    const request: RecordedRequest = {
      endpoint,
      method: incoming.method ?? '',
      path: pathname,
      query: searchParams,
      headers: incoming.headers,
      form: new URLSearchParams(await text(incoming)),
    };
    this.requests.push(request);
    return request;
  }

  #check(request: RecordedRequest): void {
    if (request.endpoint === 'authorize') {
      this.problems.push(...problemsOfAuthorizationRequest(request.query, this.client));
    }
    if (request.endpoint === 'token') {
      const issued = this.#codes.get(request.form.get('code') ?? '');
      this.problems.push(...problemsOfTokenRequest(request, this.client, issued));
      if (issued) issued.isUsed = true;
    }
    if (request.endpoint === 'userinfo') {
      const isBearer = /^Bearer \S+$/.test(String(request.headers['authorization']));
      if (!isBearer || request.query.size > 0)
        this.problems.push('userinfo without a Bearer header');
    }
    if (request.endpoint === 'introspection') {
      this.problems.push(...problemsOfIntrospection(request, this.client));
    }
  }

  async #healthy(endpoint: Endpoint, request: RecordedRequest): Promise<Reply> {
    switch (endpoint) {
      case 'discovery':
        return { body: this.#metadata() };
      case 'jwks':
        return { body: { keys: this.published ?? [this.key.publicJwk] } };
      case 'authorize':
        return this.#authorize(request.query);
      case 'token':
        return { body: await this.#tokens(request.form) };
      case 'userinfo':
        return { body: { sub: this.sub, name: 'Hanako Yamada' } };
      case 'introspection':
        return { body: this.tokens.get(request.form.get('token') ?? '') ?? { active: false } };
    }
  }

  #metadata(): object {
    const at = (endpoint: Endpoint) => this.url + this.paths[endpoint];
    return {
      issuer: this.url,
      authorization_endpoint: at('authorize'),
      token_endpoint: at('token'),
      jwks_uri: at('jwks'),
      userinfo_endpoint: at('userinfo'),
      introspection_endpoint: at('introspection'),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      ...this.metadata,
    };
  }

  #authorize(parameters: URLSearchParams): Reply {
    const code = randomBytes(16).toString('base64url');
    this.#codes.set(code, { code, parameters, isUsed: false });
    const back = new URL(this.client.redirectUri);
    const members = { code, state: parameters.get('state') ?? '', ...this.authorizationResponse };
    for (const [name, value] of Object.entries(members)) {
      if (value !== undefined) back.searchParams.set(name, value);
    }
    return { status: 302, headers: { location: back.href } };
  }

  async #tokens(form: URLSearchParams): Promise<object> {
    const accessToken = `at-${randomBytes(16).toString('base64url')}`;
    const nonce = this.#codes.get(form.get('code') ?? '')?.parameters.get('nonce') ?? undefined;
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: this.url,
      sub: this.sub,
      aud: this.client.clientId,
      exp: now + 3600,
      iat: now,
      nonce,
      name: 'Hanako Yamada',
      email: 'hanako@example.com',
    };
    const header = { alg: this.key.alg, kid: this.key.kid, typ: 'JWT' };
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'openid profile email',
      ...(this.client.isOpenid && {
        id_token: await this.makeIdToken({ claims, header, key: this.key, accessToken }),
      }),
      ...this.tokenResponse,
    };
  }
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Reply): void {
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array);
  const type = isJson ? { 'content-type': 'application/json', 'cache-control': 'no-store' } : {};
  response.writeHead(status, { ...type, ...headers });
  response.end(isJson ? JSON.stringify(body) : body);
}

async function openDoor(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Door> {
  const server = createServer(listener);
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    reopen: () => listen(port),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
