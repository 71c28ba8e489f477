import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import type { ClientAuth } from 'oauth4webapi';
import type { ClientAssertionSigningKey } from '../options/client-assertion-key.js';
import type { ClientAssertionAudience } from '../options/upbond-auth-options.js';
import type { ServerMetadata } from './metadata.js';

const LIFETIME_SECONDS = 60;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/**
 * Authenticates with a JWT signed by the client (RFC 7523 §2.2 and §3, OpenID Connect Core §9), a new
 * one for each request. Its audience is the issuer that the caller names.
 */
export function clientAssertion(key: ClientAssertionSigningKey): ClientAuth {
  return async (server, client, body) => {
    body.set('client_id', client.client_id);
    body.set('client_assertion_type', ASSERTION_TYPE);
    body.set('client_assertion', await sign(key, client.client_id, server.issuer));
  };
}

/**
 * Who an assertion is for: the issuer and nobody else (rfc7523bis §3), because a server that can make
 * a client send it an assertion for the token endpoint of another one can sign in there. Without
 * metadata the issuer is not exactly known, and then the token endpoint comes from configuration alone.
 */
export function assertionAudience(
  { acceptedIssuers, tokenEndpoint }: Pick<ServerMetadata, 'acceptedIssuers' | 'tokenEndpoint'>,
  wanted: ClientAssertionAudience,
): string {
  const [issuer, otherSpelling] = acceptedIssuers;
  const isKnown = issuer !== undefined && otherSpelling === undefined;
  return wanted === 'issuer' && isKnown ? issuer : tokenEndpoint;
}

// No `nbf`: it is optional, and a server whose clock is a second behind would refuse it
function sign(
  { privateKey, keyId, algorithm }: ClientAssertionSigningKey,
  clientId: string,
  audience: string,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: algorithm, kid: keyId })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setJti(randomUUID())
    .setIssuedAt(now)
    .setExpirationTime(now + LIFETIME_SECONDS)
    .sign(privateKey);
}
