/** One thing that is wrong with the configuration, and how to mend it. */
export interface ConfigProblem {
  /** The environment variable, when the setting has one. */
  readonly variable?: string;
  /** The option of `UpbondAuthModule.forRoot()`. */
  readonly option: string;
  /** Where the value comes from; `variable` also when it is set nowhere. */
  readonly setBy?: 'variable' | 'option';
  /** What is wrong. */
  readonly problem: string;
  /** What to do. */
  readonly fix: string;
}

/**
 * Thrown while the application boots when the configuration cannot work. It lists every problem at
 * once, each with the environment variable, the option and the fix. Values are never quoted where
 * they could be secrets.
 */
export class UpbondConfigError extends Error {
  /** Every problem found, in the order of the options. */
  declare readonly problems: readonly ConfigProblem[];

  constructor(instance: string, problems: readonly ConfigProblem[], hint?: string) {
    super(describe(instance, problems, hint));
    this.name = 'UpbondConfigError';
    // Nest prints what stops a boot in full: the message alone says what to do, a stack does not
    this.stack = `${this.name}: ${this.message}`;
    Object.defineProperty(this, 'problems', { value: problems, enumerable: false });
  }
}

function describe(instance: string, problems: readonly ConfigProblem[], hint?: string): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const title = `UpbondAuthModule${instance === 'default' ? '' : ` "${instance}"`} cannot start: ${count} in its configuration.`;
  const lines = problems.map((problem, index) => {
    const number = `${index + 1}. `.padStart(5);
    return `${number}${label(problem)}: ${problem.problem}\n     Fix: ${problem.fix}`;
  });
  return [title, ...lines, ...(hint ? ['', hint] : [])].join('\n');
}

// The name under which the value was written comes first: that is where it has to be mended.
function label({ variable, option, setBy }: ConfigProblem): string {
  if (variable === undefined) return `option ${option}`;
  return setBy === 'option'
    ? `option ${option} (variable ${variable})`
    : `${variable} (option ${option})`;
}
