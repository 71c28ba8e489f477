import { decodeJwt } from 'jose';

/** For which APIs an access token is, by its own word; nothing when it does not say so or is opaque. */
export function audiencesOf(accessToken: string): readonly string[] | undefined {
  try {
    const { aud } = decodeJwt(accessToken);
    return aud === undefined ? undefined : [aud].flat();
  } catch {
    return undefined;
  }
}
