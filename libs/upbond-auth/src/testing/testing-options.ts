import { readEnvironment, variablePrefix, type OptionPath } from '../options/environment.js';
import { DEFAULT_INSTANCE } from '../options/instance-names.js';
import { isRecord } from '../options/settings.js';
import type { EndpointOverrides, UpbondAuthOptions } from '../options/upbond-auth-options.js';

/** What a kit decides about the options of an application. */
export interface OptionsOfKit {
  readonly issuer: string;
  /** For an application that has none of its own: {@link testingOptions}. */
  readonly secret: string;
  readonly options: UpbondAuthOptions;
}

type SimpleOption = keyof UpbondAuthOptions & OptionPath;

/**
 * The options of an instance in a test: what the application wrote, with the authorization server of
 * the kit in place of its own, and with the settings that are required and missing, because a test has
 * no `.env`.
 *
 * @param written what the application passed to `forRoot`, unchecked
 * @param read reads one variable
 */
export function testingOptions(
  name: string,
  written: unknown,
  read: (variable: string) => unknown,
  kit: OptionsOfKit,
): UpbondAuthOptions {
  const given = { ...(isRecord(written) ? written : {}), ...kit.options } as UpbondAuthOptions;
  const environment = readEnvironment(variablePrefix(name), read);
  const value = (option: SimpleOption): unknown => given[option] ?? environment[option].value;
  const path = name === DEFAULT_INSTANCE ? '/auth/callback' : `/auth/${name}/callback`;
  return {
    ...given,
    ...(value('clientId') === undefined && { clientId: 'testing' }),
    ...clientAuthentication(value),
    ...(value('redirectUri') === undefined && { redirectUri: `http://localhost:3000${path}` }),
    ...(value('sessionSecret') === undefined && { sessionSecret: kit.secret }),
    domain: kit.issuer,
    issuer: kit.issuer,
    endpoints: testingEndpoints(kit.issuer),
  };
}

/** What is missing of it; no token endpoint will ever see it. */
function clientAuthentication(value: (option: SimpleOption) => unknown): UpbondAuthOptions {
  const hasCredentials =
    value('clientSecret') !== undefined || value('clientAssertionKeys') !== undefined;
  const method = value('clientAuthentication');
  if (hasCredentials || method === 'none') return {};
  return method === 'private_key_jwt'
    ? { clientAuthentication: 'none' }
    : { clientSecret: 'testing' };
}

/** Login 3.0's documented paths. With all of them configured, no metadata is asked for. */
export function testingEndpoints(issuer: string): Required<EndpointOverrides> {
  const base = issuer.replace(/\/+$/, '');
  return {
    authorizationEndpoint: `${base}/authorize`,
    tokenEndpoint: `${base}/oauth/token`,
    jwksUri: `${base}/.well-known/jwks.json`,
    userinfoEndpoint: `${base}/userinfo`,
    revocationEndpoint: `${base}/oauth/revoke`,
    introspectionEndpoint: `${base}/oauth/introspect`,
    logoutEndpoint: `${base}/v2/logout`,
  };
}
