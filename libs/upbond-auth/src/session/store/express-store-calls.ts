import type {
  ExpressRecord,
  ExpressStoreCallback,
  TouchableStore,
} from './express-compatible-store.js';
import { ExpressStoreError, type ExpressStoreOperation } from './express-store-errors.js';

/**
 * The calls that one operation makes to an express-session store, as promises, with one deadline for
 * all of them: whatever the store does, each settles, and after the deadline none is begun.
 */
export class ExpressStoreCalls {
  readonly #endsAt: number;

  constructor(
    private readonly store: TouchableStore,
    timeoutSeconds: number,
  ) {
    this.#endsAt = performance.now() + timeoutSeconds * 1000;
  }

  get(key: string): Promise<unknown> {
    return this.#call('get', (done) =>
      this.store.get(key, (error, record) => (saysNotFound(error) ? done() : done(error, record))),
    );
  }

  async set(key: string, record: ExpressRecord): Promise<void> {
    await this.#call('set', (done) => this.store.set(key, record, done));
  }

  async touch(key: string, record: ExpressRecord): Promise<void> {
    await this.#call('touch', (done) => this.store.touch(key, record, done));
  }

  async destroy(key: string): Promise<void> {
    await this.#call('destroy', (done) => this.store.destroy(key, done));
  }

  #call(
    operation: ExpressStoreOperation,
    begin: (done: ExpressStoreCallback) => unknown,
  ): Promise<unknown> {
    const left = this.#endsAt - performance.now();
    if (left <= 0) return Promise.reject(new ExpressStoreError(operation, 'timeout'));
    return new Promise((resolve, reject) => {
      const expire = (): void => reject(new ExpressStoreError(operation, 'timeout'));
      const timer = setTimeout(expire, left);
      callBack(begin, (cause, record) => {
        clearTimeout(timer);
        if (cause) reject(new ExpressStoreError(operation, 'failed', { cause }));
        else resolve(record);
      });
    });
  }
}

function callBack(
  begin: (done: ExpressStoreCallback) => unknown,
  done: ExpressStoreCallback,
): void {
  const fail = (error: unknown): void => done(error ?? new Error('rejected without a reason'));
  try {
    const returned = begin(done);
    // Some stores are async functions: their rejection is an answer too, and must not go unhandled
    if (returned instanceof Promise) returned.catch(fail);
  } catch (error) {
    fail(error);
  }
}

// ENOENT is how stores of files say "no session"; of a connection it says that the server is away
function saysNotFound(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') return false;
  return !('syscall' in error && error.syscall === 'connect');
}
