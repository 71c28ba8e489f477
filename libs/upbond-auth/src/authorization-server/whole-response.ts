const UTF_8 = new TextDecoder();

/**
 * A `Response` whose body has come whole. It is one because `oauth4webapi` deals in them; but the stream
 * that `Response` builds around bytes, and reading it, cost some 30 µs, so there is none: the body is
 * read with the methods below, as often as one likes, and with no others.
 */
export class WholeResponse extends Response {
  readonly #bytes: Buffer | null;

  /** @throws RangeError for a status that is none (Fetch standard) */
  constructor(bytes: Buffer | null, init: ResponseInit) {
    super(null, init);
    this.#bytes = bytes;
  }

  override readonly arrayBuffer = (): Promise<ArrayBuffer> =>
    Promise.resolve(new Uint8Array(this.#bytes ?? []).buffer);

  override readonly text = (): Promise<string> =>
    Promise.resolve(UTF_8.decode(this.#bytes ?? undefined));

  override readonly json = async (): Promise<unknown> => JSON.parse(await this.text());
}
