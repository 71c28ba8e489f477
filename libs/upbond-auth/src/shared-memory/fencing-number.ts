/** From here on, as many numbers again can follow before one is no safe integer any more. */
const LIMIT = 2 ** 52;

/** @throws RangeError if it is no whole number from `least` to 2⁵² exclusive. */
export function fencingNumber(number: number, least: number): number {
  if (Number.isSafeInteger(number) && number >= least && number < LIMIT) return number;
  throw new RangeError(`A fencing number must be a whole number from ${least} to 2^52 exclusive`);
}
