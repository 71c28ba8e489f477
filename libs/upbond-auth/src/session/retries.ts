const MOST = 1000;
/** Failures in one round that mean the rest would fail for the same reason. */
const FAILURES = 3;

/** Work that failed for a reason that passes, tried again every second until it succeeds. */
export class Retries {
  readonly #work = new Map<string, () => Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly intervalMilliseconds = 1000) {}

  get size(): number {
    return this.#work.size;
  }

  /** Work with the same key replaces the earlier one; the oldest is given up when there is too much. */
  add(key: string, work: () => Promise<unknown>): void {
    this.#work.set(key, work);
    const [oldest] = this.#work.keys();
    if (this.#work.size > MOST && oldest !== undefined) this.#work.delete(oldest);
    this.schedule();
  }

  /** Gives everything up. */
  stop(): void {
    this.#work.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  private schedule(): void {
    this.#timer ??= setTimeout(() => void this.tryAll(), this.intervalMilliseconds).unref();
  }

  private async tryAll(): Promise<void> {
    let failures = 0;
    for (const [key, work] of Array.from(this.#work)) {
      this.#work.delete(key);
      if (await succeeds(work)) continue;
      // Behind the others: what fails for itself must not hold them up
      this.#work.set(key, work);
      if (++failures === FAILURES) break;
    }
    this.#timer = undefined;
    if (this.#work.size > 0) this.schedule();
  }
}

function succeeds(work: () => Promise<unknown>): Promise<boolean> {
  return work().then(
    () => true,
    () => false,
  );
}
