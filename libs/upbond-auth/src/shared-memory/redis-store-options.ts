/** Options of everything that the library keeps in Redis. */
export interface RedisStoreOptions {
  /**
   * What the names of all keys begin with. Two applications on one Redis need two prefixes. With a
   * hash tag (`'{upbond}:'`) a cluster keeps everything on one node; nothing requires it.
   *
   * @default 'upbond:'
   */
  readonly keyPrefix?: string;
  /**
   * After how many seconds a call is given up, also while the client waits for a connection. Above 0,
   * at most 60.
   *
   * @default 2
   */
  readonly timeoutSeconds?: number;
}
