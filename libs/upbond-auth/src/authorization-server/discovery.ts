import { allowInsecureRequests, customFetch, discoveryRequest } from 'oauth4webapi';
import { UpbondAuthException } from '../errors/upbond-auth.exception.js';
import type { UpbondAuthConfig } from '../options/upbond-auth-config.js';
import type { Http } from './http.js';
import { readJson } from './json.js';
import type { Log } from './log.js';
import { MalformedMetadataError, publishedMetadata, type ServerMetadata } from './metadata.js';
import { assertAvailable, unavailable } from './unavailable.js';

/** Asks for the published metadata; `undefined` when the server has none (404 or 410). */
export async function discover(
  config: UpbondAuthConfig,
  http: Http,
  log: Log,
): Promise<ServerMetadata | undefined> {
  const response = await request(config, http);
  if (response.status === 404 || response.status === 410) return undefined;
  assertAvailable(response, 'discovery');
  if (response.status !== 200) throw unavailable(`discovery answered ${response.status}`);
  // Not processDiscoveryResponse: it reads any content type and compares the issuer as a URL, which
  // is not byte for byte
  const published = await readJson(response, 'the metadata', 'temporarily_unavailable');
  try {
    return publishedMetadata(config, published, (message) => log.warn(message));
  } catch (error) {
    if (!(error instanceof MalformedMetadataError)) throw error;
    throw unavailable(`the metadata is malformed: ${error.message}`, error);
  }
}

async function request(config: UpbondAuthConfig, http: Http): Promise<Response> {
  const base = new URL(config.issuer ?? config.domain);
  try {
    return await discoveryRequest(base, {
      headers: config.accountId === undefined ? {} : { 'x-account-id': config.accountId },
      [customFetch]: http.fetch,
      [allowInsecureRequests]: base.protocol === 'http:',
    });
  } catch (error) {
    if (error instanceof UpbondAuthException) throw error;
    throw unavailable('the discovery request could not be made', error);
  }
}
