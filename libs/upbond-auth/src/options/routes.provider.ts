import type { Routes } from './route-paths.js';

/**
 * The routes of an instance. They are known once the application has set its global prefix, which is
 * after the providers were made and before the first request.
 */
export class RoutesHolder {
  #routes: Routes | undefined;

  set(routes: Routes): void {
    this.#routes = routes;
  }

  get current(): Routes {
    if (!this.#routes) throw new TypeError('the routes are known only after app.init()');
    return this.#routes;
  }
}
