/**
 * A URL as a header can carry it: what is not ASCII is percent-encoded, as browsers do with it (RFC 3986
 * §2.5, WHATWG URL §1.3). An endpoint is kept as it was given, and may have such characters.
 */
export function asciiLocation(location: string): string {
  return location.replace(/[^\x21-\x7e]+/g, (text) => encodeURIComponent(wellFormed(text)));
}

/** Half a surrogate pair, for which there is no encoding, becomes U+FFFD. */
function wellFormed(text: string): string {
  return Buffer.from(text).toString();
}
