import { areIndependent, BadState, type Choose, type Place, type Step } from './steps.js';

/** Runs one interleaving. `false` when it was left before its end. Throws when it finds a bad state. */
export type Interleaving = (choose: Choose) => Promise<boolean>;

interface Node {
  readonly options: readonly Place[];
  /** Steps whose interleavings from here on were all explored, or are the same as explored ones. */
  readonly asleep: Map<string, Place>;
  chosen: Place;
}

/**
 * Every interleaving, once for each order of the steps that depend on each other (sleep sets: Godefroid,
 * Partial-Order Methods for the Verification of Concurrent Systems, 1996, §5). Answers how many.
 */
export async function explore(run: Interleaving): Promise<number> {
  const path: Node[] = [];
  let explored = 0;
  do {
    let depth = 0;
    const choose: Choose = (steps) => {
      const node = path[depth] ?? nodeAfter(path[depth - 1], steps);
      if (!node) return undefined;
      path[depth++] = node;
      const step = steps.find(({ label }) => label === node.chosen.label);
      if (!step) throw new Error(`The exploration is not deterministic: ${node.chosen.label}`);
      return step;
    };
    if (await run(choose)) explored++;
  } while (backtrack(path));
  return explored;
}

function nodeAfter(before: Node | undefined, steps: readonly Step[]): Node | undefined {
  // Without what they would do, which belongs to one interleaving
  const options = steps.map(({ label, process, touched }) => ({ label, process, touched }));
  const inherited = [...(before?.asleep.values() ?? [])].filter(
    (step) => before && areIndependent(step, before.chosen),
  );
  const asleep = new Map(inherited.map((step) => [step.label, step]));
  const chosen = options.find(({ label }) => !asleep.has(label));
  return chosen && { options, asleep, chosen };
}

function backtrack(path: Node[]): boolean {
  for (let node = path.at(-1); node; node = path.at(-1)) {
    const { asleep, options, chosen } = node;
    asleep.set(chosen.label, chosen);
    const next = options.find(({ label }) => !asleep.has(label));
    if (next) {
      node.chosen = next;
      return true;
    }
    path.pop();
  }
  return false;
}

/** So many interleavings by chance, each by a seed of its own, which the error names. */
export async function sample(
  run: (random: () => number) => Interleaving,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<number> {
  for (let index = 0; index < count; index++) {
    const random = randomFrom(seed + index);
    const weights = new Map<string, number>();
    const weightOf = ({ process }: Step) => {
      // Some processes are slow: what is rare otherwise happens often enough
      const weight = weights.get(process) ?? 10 ** (-2 * random());
      weights.set(process, weight);
      return weight;
    };
    const choose: Choose = (steps) => {
      let rest = random() * steps.reduce((sum, step) => sum + weightOf(step), 0);
      return steps.find((step) => (rest -= weightOf(step)) <= 0) ?? steps.at(-1);
    };
    await run(random)(choose).catch((error: unknown) => {
      if (error instanceof BadState) error.message = `seed ${seed + index}: ${error.message}`;
      throw error;
    });
  }
  return count;
}

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}
