import type { Shop, ShopRequest } from './shop.js';

/** Watches the shop from now on: waits until it has answered a request, and answers what it was. */
export function watch(shop: Shop): (path: string, purpose?: RegExp) => Promise<ShopRequest> {
  const before = shop.requests.length;
  return async (path, purpose) => {
    const find = () =>
      shop.requests
        .slice(before)
        .find((request) => request.path === path && (purpose?.test(request.purpose ?? '') ?? true));
    await expect.poll(find, { timeout: 10_000 }).toBeDefined();
    return find()!;
  };
}
