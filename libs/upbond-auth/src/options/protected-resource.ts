import type { UpbondAuthConfig } from './upbond-auth-config.js';
import { isTransportAllowed } from './urls.js';

type Audiences = Pick<UpbondAuthConfig, 'accessTokenAudiences' | 'allowInsecureHttp'>;

/**
 * What this API is called in its metadata: the first accepted audience that is a URL without a
 * fragment. An audience of another form cannot be published (RFC 9728 §1.2).
 */
export function resourceIdentifier(config: Audiences): string | undefined {
  return config.accessTokenAudiences.find(
    (audience) =>
      URL.canParse(audience) &&
      !audience.includes('#') &&
      isTransportAllowed(new URL(audience), config.allowInsecureHttp),
  );
}
