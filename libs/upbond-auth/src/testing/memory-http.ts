import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import type { Http, HttpInit } from '../authorization-server/http.js';
import { unavailable } from '../authorization-server/unavailable.js';
import { toUser } from '../callback/user.js';
import type { UpbondClaims } from '../options/upbond-auth-options.js';
import { testingEndpoints } from './testing-options.js';

/** What {@link memoryHttp} knows and where it reports to. */
export interface MemoryServer {
  readonly issuer: string;
  readonly jwks: JSONWebKeySet;
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly report: (message: string) => void;
}

/**
 * An authorization server without a network: it has keys, and it knows the users of its tokens. Every
 * other request fails as if the server were down, and is reported, because an application may well pass
 * over that.
 */
export function memoryHttp(server: MemoryServer): Http {
  const { jwksUri, userinfoEndpoint } = testingEndpoints(server.issuer);
  return {
    fetch: async (url, init) => {
      const { method } = init;
      if (method === 'GET' && url === jwksUri) return Response.json(server.jwks);
      if (method === 'GET' && url === userinfoEndpoint) return userinfo(server, init);
      const asked = `${method} ${url.replace(/[?#].*$/s, '')}`;
      const message = `${asked} is not answered: nestjs-upbond-auth/testing has no network. Test what needs Login 3.0 itself, such as a login, with upbond-emulator.`;
      server.report(message);
      throw unavailable(message);
    },
    close: () => {},
  };
}

/** What a token says of its user (OpenID Connect Core §5.3). */
async function userinfo({ jwks, now }: MemoryServer, { headers }: HttpInit): Promise<Response> {
  const token = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';
  const options = { currentDate: new Date(now() * 1000) };
  try {
    const { payload } = await jwtVerify<UpbondClaims>(token, createLocalJWKSet(jwks), options);
    const { scope: _, ...user } = toUser(payload);
    return Response.json(user);
  } catch {
    return new Response(null, { status: 401 });
  }
}
