// @ts-check
// A bounded map of what was verified, keyed by a digest. For the hand-written ceilings.
const MOST = 5000;

/** @template Value @param {Map<string, Value>} known @param {string} digest @param {Value} value */
export function remember(known, digest, value) {
  if (known.size >= MOST) {
    const [oldest = ''] = known.keys();
    known.delete(oldest);
  }
  known.set(digest, value);
  return value;
}
