import { readEnvironment, variablePrefix } from './environment.js';

/** The name of the instance that has none. */
export const DEFAULT_INSTANCE = 'default';

/** Why an instance cannot have its name beside the others, or nothing. */
export function nameProblem(name: string, all: readonly string[]): string | undefined {
  if (all.filter((other) => other === name).length > 1) return importedTwice(name);
  for (const other of all.filter((candidate) => candidate !== name)) {
    const variable = sharedVariable(name, other);
    if (variable) return sharedVariableMessage(name, other, variable);
  }
  return undefined;
}

function importedTwice(name: string): string {
  return name === DEFAULT_INSTANCE
    ? 'UpbondAuthModule.forRoot() is imported twice. Import it once, in the root module: it is global, so UpbondGuard works in every module without importing it again. For a second client give the other one a name: UpbondAuthModule.forRoot({ name: "admin" }).'
    : `UpbondAuthModule.forRoot({ name: "${name}" }) is imported twice. Every instance needs a name of its own.`;
}

function sharedVariableMessage(name: string, other: string, variable: string): string {
  return `The instances "${name}" and "${other}" of UpbondAuthModule would both read ${variable}. Give one of them a name that makes other variables of it.`;
}

/** A variable that two instances would both read, such as those of `admin-x` and `admin_x`. */
function sharedVariable(name: string, other: string): string | undefined {
  const taken = new Set(variablesOf(other));
  return variablesOf(name).find((variable) => taken.has(variable));
}

function variablesOf(name: string): string[] {
  const environment = readEnvironment(variablePrefix(name), () => undefined);
  return Object.values(environment).flatMap(({ variable }) => variable ?? []);
}
