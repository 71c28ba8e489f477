/** What is mostly there already: a promise for it would cost a request more than all else that the guard does. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** Goes on with a value: at once when it is there, else when it comes. */
export function whenThere<Value, Result>(
  value: Value | PromiseLike<Value>,
  next: (value: Value) => MaybePromise<Result>,
): MaybePromise<Result> {
  return isComing(value) ? Promise.resolve(value).then(next) : next(value);
}

/** Gets a value, or what `instead` makes of why there is none, whether that is thrown or rejected with. */
export function orElse<Value>(
  get: () => MaybePromise<Value>,
  instead: (reason: unknown) => Value,
): MaybePromise<Value> {
  try {
    const value = get();
    return isComing(value) ? value.catch(instead) : value;
  } catch (error) {
    return instead(error);
  }
}

/** Hooks of an application can answer with any thenable. */
function isComing<Value>(value: MaybePromise<Value>): value is Promise<Value>;
function isComing<Value>(value: Value | PromiseLike<Value>): value is PromiseLike<Value>;
function isComing(value: unknown): boolean {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
