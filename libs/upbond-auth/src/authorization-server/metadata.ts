import { quoted } from '../errors/upbond-auth.exception.js';
import { needsKeys, needsMetadata } from '../options/metadata-need.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import { documentedEndpoints, isUsableEndpoint } from './endpoints.js';
import type { JsonObject } from './json.js';

/** What the library knows about the authorization server (RFC 8414 §2). */
export interface ServerMetadata {
  /** Exact issuer, when it is known. */
  readonly issuer: string | undefined;
  /** What `iss` may be: the issuer alone, or the two spellings of the domain. */
  readonly acceptedIssuers: readonly string[];
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Absent only where no key is ever needed: `HS256` or OAuth only. */
  readonly jwksUri: string | undefined;
  readonly userinfoEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
  readonly introspectionEndpoint: string | undefined;
  readonly endSessionEndpoint: string | undefined;
  /** Login 3.0's `/v2/logout`. */
  readonly logoutEndpoint: string;
  /** Whether an authorization response without `iss` is an error (RFC 9207 §2.4). */
  readonly authorizationResponseIssParameterSupported: boolean;
}

type Warn = (message: string) => void;

/** The published document is not one that can be worked with. */
export class MalformedMetadataError extends Error {}

/** Metadata from configuration alone, when it names everything that is needed. */
export function configuredMetadata(config: UpbondAuthConfig): ServerMetadata | undefined {
  if (needsMetadata(config)) return undefined;
  return build(config, {}, expectedIssuers(config), () => {});
}

/** Metadata by the documented paths. */
export function documentedMetadata(config: UpbondAuthConfig): ServerMetadata {
  return build(config, documentedEndpoints(config.domain), expectedIssuers(config), () => {});
}

/** Metadata from the published document; throws {@link MalformedMetadataError}. */
export function publishedMetadata(
  config: UpbondAuthConfig,
  published: JsonObject,
  warn: Warn,
): ServerMetadata {
  // OpenID Connect Discovery §4.3, byte for byte
  const issuer = expectedIssuers(config).find((expected) => expected === published['issuer']);
  if (issuer === undefined) {
    throw new MalformedMetadataError(`unexpected issuer ${quoted(published['issuer'])}`);
  }
  return build(config, published, [issuer], warn);
}

function expectedIssuers({ issuer, domain }: UpbondAuthConfig): readonly string[] {
  return issuer === undefined ? [domain, `${domain}/`] : [issuer];
}

function build(
  config: UpbondAuthConfig,
  published: JsonObject,
  acceptedIssuers: readonly string[],
  warn: Warn,
): ServerMetadata {
  const { endpoints } = config;
  const required = (name: string) => requiredEndpoint(config, published, name);
  const optional = (name: string) => optionalEndpoint(config, published, name, warn);
  return Object.freeze({
    issuer: acceptedIssuers.length === 1 ? acceptedIssuers[0] : undefined,
    acceptedIssuers: Object.freeze([...acceptedIssuers]),
    authorizationEndpoint: endpoints.authorizationEndpoint ?? required('authorization_endpoint'),
    tokenEndpoint: endpoints.tokenEndpoint ?? required('token_endpoint'),
    jwksUri: endpoints.jwksUri ?? (needsKeys(config) ? required : optional)('jwks_uri'),
    userinfoEndpoint: endpoints.userinfoEndpoint ?? optional('userinfo_endpoint'),
    revocationEndpoint: endpoints.revocationEndpoint ?? optional('revocation_endpoint'),
    introspectionEndpoint: endpoints.introspectionEndpoint ?? optional('introspection_endpoint'),
    endSessionEndpoint: optional('end_session_endpoint'),
    logoutEndpoint: endpoints.logoutEndpoint ?? `${config.domain}/v2/logout`,
    authorizationResponseIssParameterSupported: issParameterSupported(published),
  });
}

function requiredEndpoint(config: UpbondAuthConfig, published: JsonObject, name: string): string {
  const value = published[name];
  if (isUsableEndpoint(value, config)) return value;
  throw new MalformedMetadataError(`${name} cannot be used: ${quoted(value)}`);
}

// What a login does not need must not stop it; what cannot be used is never called
function optionalEndpoint(
  config: UpbondAuthConfig,
  published: JsonObject,
  name: string,
  warn: Warn,
): string | undefined {
  const value = published[name];
  if (value === undefined || isUsableEndpoint(value, config)) return value;
  warn(`The metadata of the authorization server: ${name} is left out: ${quoted(value)}`);
  return undefined;
}

function issParameterSupported(published: JsonObject): boolean {
  const name = 'authorization_response_iss_parameter_supported';
  const value = published[name] ?? false;
  if (typeof value === 'boolean') return value;
  throw new MalformedMetadataError(`${name} is not a boolean`);
}
