/** What a step works with, besides the process it belongs to: two that only read it can change places. */
export type Touched = Readonly<Record<string, 'reads' | 'writes'>>;

/** What the explorer has to know of a step. */
export interface Place {
  /** Names the step in all interleavings in which its process did the same before. */
  readonly label: string;
  readonly process: string;
  readonly touched: Touched;
}

/** One thing that happens at once, as soon as the explorer picks it. */
export interface Step extends Place {
  /** Whether it can happen now. A sleeper can also when nothing else can: then time passes. */
  isReady(): boolean;
  /** How long it sleeps, for a sleeper. */
  readonly seconds?: number | undefined;
  run(): void;
}

/** Picks one of the steps that are possible; nothing to leave the rest of this interleaving alone. */
export type Choose = (steps: readonly Step[]) => Step | undefined;

/** A state that must never be reached. */
export class BadState extends Error {}

const MOST_STEPS = 3000;

/** Touches everything, so that it changes places with nothing. */
export const EVERYTHING = '*';

/** Whether the order of two steps makes no difference. */
export function areIndependent(one: Place, other: Place): boolean {
  if (one.process === other.process) return false;
  if (EVERYTHING in one.touched || EVERYTHING in other.touched) return false;
  return Object.entries(one.touched).every(([name, how]) => {
    const there = other.touched[name];
    return there === undefined || (how === 'reads' && there === 'reads');
  });
}

/**
 * All that is asynchronous waits here until it is picked. The code between two steps runs by itself and
 * without interruption, as in Node.
 */
export class Steps {
  readonly #pending = new Set<Step>();
  readonly #counts = new Map<string, number>();
  readonly #dead = new Set<string>();
  #failure: Error | undefined;
  readonly trace: string[] = [];

  constructor(private readonly clock: Clock) {}

  /** An operation of a process: performed in one step, and its result awaited by who asked for it. */
  do<Value>(
    process: string,
    what: string,
    touched: Touched,
    perform: () => Value | Promise<Value>,
    options: Pick<Partial<Step>, 'isReady' | 'seconds'> = {},
  ): Promise<Value> {
    // A process that was killed waits for nothing any more
    if (this.#dead.has(process)) return new Promise(() => {});
    const name = `${process} ${what}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return new Promise((resolve, reject) => {
      const run = () => void Promise.resolve().then(perform).then(resolve, reject);
      this.add({
        isReady: () => true,
        ...options,
        label: `${name} ${count}`,
        process,
        touched,
        run,
      });
    });
  }

  add(step: Step): void {
    this.#pending.add(step);
  }

  /** What a process is about to do does not happen, except for what is on its way already. */
  kill(process: string, isOnItsWay: (step: Step) => boolean): void {
    this.#dead.add(process);
    for (const step of this.#pending) {
      if (step.process === process && !isOnItsWay(step)) this.#pending.delete(step);
    }
  }

  /** Ends the run, after what was not awaited has failed. */
  fail(error: unknown): void {
    this.#failure ??= error instanceof Error ? error : new Error(String(error));
  }

  /** Runs until nothing can happen any more. `false` when the explorer had seen enough of it. */
  async run(choose: Choose): Promise<boolean> {
    for (let count = 0; count < MOST_STEPS; count++) {
      await settled();
      if (this.#failure) throw this.#failure;
      const possible = this.#possible();
      if (possible.length === 0) return true;
      const step = choose(possible);
      if (!step) return false;
      this.trace.push(step.label);
      this.#pending.delete(step);
      step.run();
    }
    throw new BadState('somebody goes round in circles');
  }

  #possible(): readonly Step[] {
    const ready = [...this.#pending].filter((step) => step.isReady());
    return ready.length > 0 ? ready : this.#firstToWake();
  }

  #firstToWake(): readonly Step[] {
    const sleepers = [...this.#pending].filter(({ seconds }) => seconds !== undefined);
    const [sleeper] = sleepers.sort((one, other) => (one.seconds ?? 0) - (other.seconds ?? 0));
    if (!sleeper) return [];
    const run = () => {
      this.#pending.delete(sleeper);
      this.clock.pass(sleeper.seconds ?? 0);
      sleeper.run();
    };
    return [{ ...sleeper, touched: { [EVERYTHING]: 'writes' }, run }];
  }
}

/** All that follows from the last step without another one has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

interface Interval {
  readonly callback: () => void;
  readonly seconds: number;
  next: number;
}

/** The clock of all processes, and the intervals of whoever calls `setInterval` while it is installed. */
export class Clock {
  readonly #intervals = new Set<Interval>();
  readonly #original = {
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
  };
  #now = 1_800_000_000;

  readonly now = (): number => this.#now;

  install(): void {
    const setInterval = (callback: () => void, milliseconds: number) => {
      const seconds = milliseconds / 1000;
      const interval = { callback, seconds, next: this.#now + seconds, unref: () => interval };
      this.#intervals.add(interval);
      return interval;
    };
    const clearInterval = (interval: Interval) => this.#intervals.delete(interval);
    Object.assign(globalThis, { setInterval, clearInterval });
  }

  uninstall(): void {
    Object.assign(globalThis, this.#original);
  }

  /** Time passes at one go: an interval that was due several times fires once, as in Node. */
  pass(seconds: number): void {
    this.#now += seconds;
    for (const interval of this.#intervals) {
      if (interval.next > this.#now) continue;
      interval.next = this.#now + interval.seconds;
      interval.callback();
    }
  }
}
