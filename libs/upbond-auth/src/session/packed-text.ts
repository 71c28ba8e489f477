const LENGTH_BYTES = 3;

/** Shorter runs would not save what their lengths and those of the text around them cost. */
const SHORTEST_RUN = 32;

/**
 * Long runs of base64url (RFC 4648 §5) alone: a match of each word would leave 15 kB of garbage. Written
 * out instead of `{32,}`, so that the engine looks at every 32nd character first.
 */
const RUN = new RegExp(`${'[\\w-]'.repeat(SHORTEST_RUN)}[\\w-]*`, 'g');

/**
 * The bytes of a text that holds tokens: long runs of base64url are kept decoded, three bytes for four
 * characters. Compression would save more, but undoing it takes three times as long.
 *
 * Layout: text and run by turns, each with its length (3) in front; a text in UTF-8, a run decoded.
 * It is at most three bytes longer than the text in UTF-8.
 */
export function packText(text: string): Buffer {
  const packed = Buffer.allocUnsafe(LENGTH_BYTES + Buffer.byteLength(text));
  let size = 0;
  const add = (part: string, encoding: 'utf8' | 'base64url'): void => {
    const length = packed.write(part, size + LENGTH_BYTES, encoding);
    packed.writeUIntBE(length, size, LENGTH_BYTES);
    size += LENGTH_BYTES + length;
  };
  let end = 0;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    // Four characters are three bytes; what is left over belongs to the text after it
    const runEnd = index + run.length - (run.length % 4);
    add(text.slice(end, index), 'utf8');
    add(text.slice(index, runEnd), 'base64url');
    end = runEnd;
  }
  add(text.slice(end), 'utf8');
  return packed.subarray(0, size);
}

/** The text, or nothing for bytes that end within a part. Never throws. */
export function unpackText(bytes: Buffer): string | undefined {
  let text = '';
  let isRun = false;
  for (let at = 0; at < bytes.length; isRun = !isRun) {
    const start = at + LENGTH_BYTES;
    if (start > bytes.length) return undefined;
    at = start + bytes.readUIntBE(at, LENGTH_BYTES);
    if (at > bytes.length) return undefined;
    text += bytes.toString(isRun ? 'base64url' : 'utf8', start, at);
  }
  return text;
}
