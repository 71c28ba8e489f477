// @ts-check

/**
 * Does something for all, a few at the same time, in their order.
 *
 * @template One
 * @param {One[]} all
 * @param {number} atOnce
 * @param {(one: One) => Promise<void>} act
 */
export async function inTurns(all, atOnce, act) {
  for (let next = 0; next < all.length; next += atOnce) {
    await Promise.all(all.slice(next, next + atOnce).map(act));
  }
}
