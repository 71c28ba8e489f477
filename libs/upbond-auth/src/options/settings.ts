import type { ConfigProblem } from '../errors/upbond-config-error.js';
import { OPTION_PATHS } from './environment.js';
import type { Environment, OptionPath } from './environment.js';

/** The settings of one instance, options over environment, and the problems found in them. */
export class Settings {
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #environment: Environment;
  readonly #problems: ConfigProblem[] = [];
  #isIncomplete = false;

  constructor(options: Readonly<Record<string, unknown>>, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
  }

  /** The raw value: the option, else the variable, else `undefined`. */
  value(path: OptionPath): unknown {
    const option = this.#option(path);
    return option === undefined ? this.#environment[path].value : option;
  }

  /** Whether the value comes from the environment, where everything is text. */
  isFromEnvironment(path: OptionPath): boolean {
    return this.#option(path) === undefined && this.#environment[path].value !== undefined;
  }

  /** The setting as a person calls it, for the fix of another one. */
  label(path: OptionPath): string {
    const { variable } = this.#environment[path];
    return variable === undefined ? `the option ${path}` : `${variable} (option ${path})`;
  }

  /** Notes a problem. Returns `undefined`, which stands for a value that cannot be used. */
  refuse(path: OptionPath, problem: string, fix: string): undefined {
    const { variable } = this.#environment[path];
    const setBy = this.#option(path) === undefined ? 'variable' : 'option';
    this.#problems.push({ ...(variable && { variable }), option: path, setBy, problem, fix });
  }

  /** Notes that a required setting is missing. */
  refuseMissing(path: OptionPath, fix: string): undefined {
    this.#isIncomplete = true;
    return this.refuse(path, 'is not set.', fix);
  }

  /** Notes a problem with something that is no setting, such as a misspelt option. */
  refuseOption(option: string, problem: string, fix: string): undefined {
    this.#problems.push({ option, setBy: 'option', problem, fix });
  }

  /** Whether a required setting is missing. */
  get isIncomplete(): boolean {
    return this.#isIncomplete;
  }

  /** Problems in the order of the options; unknown options first, because they explain others. */
  get problems(): readonly ConfigProblem[] {
    const position = ({ option }: ConfigProblem) => OPTION_PATHS.indexOf(option as OptionPath);
    return this.#problems.toSorted((one, other) => position(one) - position(other));
  }

  #option(path: OptionPath): unknown {
    const [group = '', member] = path.split('.');
    const value = this.#options[group];
    if (member === undefined) return value;
    return isRecord(value) ? value[member] : undefined;
  }
}

/** Whether a value is an object with named members, neither `null` nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The kind of a value, for messages that must not show the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
