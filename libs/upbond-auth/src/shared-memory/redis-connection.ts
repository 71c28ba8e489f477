import { setMaxListeners } from 'node:events';
import { type RedisClient, type SendCommand, sendCommandOf } from './redis-client.js';
import { RedisError } from './redis-error.js';
import { isUnknownScript, type RedisScript } from './redis-script.js';
import type { RedisStoreOptions } from './redis-store-options.js';

/** The commands of one call; all of them end with its deadline. */
export interface RedisCommands {
  /** Runs a command whose first argument is its only key. */
  command(name: string, key: string, ...args: string[]): Promise<unknown>;
  /** Runs a script on one key. */
  run(script: RedisScript, key: string, ...args: string[]): Promise<unknown>;
}

/** Commands that a client may still hold after their calls were given up; beyond it, it gets no more. */
const MAX_UNANSWERED = 1000;

/** Into so many steps a time-out is cut; each takes at least one turn of the event loop. */
const STEPS = 10;

/** The application's client with deadlines: no call waits longer, whatever the client queues. */
export class RedisConnection {
  readonly #send: SendCommand;
  readonly #keyPrefix: string;
  readonly #timeoutSeconds: number;
  #unanswered = 0;

  /** @throws TypeError if the client is none; RangeError if `timeoutSeconds` is out of range. */
  constructor(client: RedisClient, options: RedisStoreOptions = {}) {
    const { keyPrefix = 'upbond:', timeoutSeconds = 2 } = options;
    if (!(timeoutSeconds > 0 && timeoutSeconds <= 60)) {
      throw new RangeError('timeoutSeconds must be above 0 and at most 60');
    }
    this.#send = sendCommandOf(client);
    this.#keyPrefix = keyPrefix;
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** The name of a key. */
  key(kind: string, name: string): string {
    return `${this.#keyPrefix}${kind}:${name}`;
  }

  /**
   * Does some work before the deadline; after it, no further command of that work is sent.
   *
   * @throws RedisError when Redis is down, slow or refuses.
   */
  within<T>(work: (redis: RedisCommands) => Promise<T>): Promise<T> {
    const call = { deadline: new AbortController(), pending: 0 };
    // A list of sessions is read with one command each, and the clients listen for every command.
    setMaxListeners(0, call.deadline.signal);
    return new Promise<T>((resolve, reject) => {
      const giveUp = () => {
        this.#unanswered += call.pending;
        call.deadline.abort();
        reject(new RedisError(`Redis did not answer in ${this.#timeoutSeconds} s`, 'timeout'));
      };
      // In steps: a process that was busy for seconds finds the answer waiting, and Redis was not slow
      let steps = 0;
      const step = () => ++steps === STEPS && giveUp();
      const timer = setInterval(step, (this.#timeoutSeconds * 1000) / STEPS).unref();
      work(this.#commands(call))
        .finally(() => clearInterval(timer))
        .then(resolve, (thrown: unknown) => reject(RedisError.from(thrown)));
    });
  }

  #commands(call: Call): RedisCommands {
    return {
      command: (name, key, ...args) => this.#sendFor(call, key, [name, key, ...args]),
      run: async (script, key, ...args) => {
        try {
          return await this.#sendFor(call, key, ['EVALSHA', script.sha1, '1', key, ...args]);
        } catch (error) {
          if (!isUnknownScript(error)) throw error;
          return this.#sendFor(call, key, ['EVAL', script.lua, '1', key, ...args]);
        }
      },
    };
  }

  async #sendFor(call: Call, key: string, args: string[]): Promise<unknown> {
    const { signal } = call.deadline;
    if (signal.aborted) throw new RedisError('The call was given up', 'timeout');
    // Without a limit, a client that queues for a Redis that is down grows with every request.
    if (this.#unanswered >= MAX_UNANSWERED) throw new RedisError('Redis is not answering', 'busy');
    call.pending++;
    try {
      return await this.#send(key, args, signal);
    } finally {
      call.pending--;
      if (signal.aborted) this.#unanswered--;
    }
  }
}

interface Call {
  readonly deadline: AbortController;
  /** Commands that were sent and not answered yet. */
  pending: number;
}
