/**
 * Freezes lists and plain objects all the way down: what the library hands out is shared between
 * requests. Functions and instances of classes, such as a session store, belong to somebody else.
 */
export function deepFreeze<Value>(value: Value): Value {
  if (isPlain(value) && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}
