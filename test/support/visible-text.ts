import { inspect, types } from 'node:util';

/** A text and where it was found, such as `.config.clientSecrets.0`. */
export interface VisibleText {
  readonly path: string;
  readonly text: string;
}

/**
 * Every text that `util.inspect` could show of a value, however deep and with hidden properties. It goes
 * where `inspect` goes: not into getters, private members and closures, and not behind a rendering of its
 * own. But it visits each object once, where `inspect` shows a service again for each that uses it.
 */
export function visibleTexts(
  root: unknown,
  isIgnored: (value: object) => boolean = () => false,
): VisibleText[] {
  const texts: VisibleText[] = [];
  const seen = new Set<object>();
  const left: [path: string, value: unknown][] = [['', root]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [path, value] = next;
    if (typeof value === 'string') texts.push({ path, text: value });
    if (!isObject(value) || seen.has(value) || isIgnored(value)) continue;
    seen.add(value);
    if (typeof Reflect.get(value, inspect.custom) === 'function') {
      texts.push({ path, text: inspect(value, { depth: 12, showHidden: true }) });
    } else if (ArrayBuffer.isView(value)) texts.push({ path, text: bytesOf(value) });
    else for (const [name, member] of membersOf(value)) left.push([`${path}.${name}`, member]);
  }
  return texts;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('latin1');
}

function* membersOf(value: object): Iterable<[name: string, member: unknown]> {
  if (types.isMap(value)) {
    for (const [key, member] of value) {
      yield ['key', key];
      yield [typeof key === 'function' ? key.name : String(key), member];
    }
  }
  if (types.isSet(value)) for (const member of value) yield ['member', member];
  for (const key of Reflect.ownKeys(value)) {
    yield [String(key), Reflect.getOwnPropertyDescriptor(value, key)?.value];
  }
}
