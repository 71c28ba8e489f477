import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, type InputType, type ZlibOptions } from 'node:zlib';

type Decoder = (bytes: InputType, options: ZlibOptions) => Promise<Buffer>;

// RFC 9110 §8.4.1
const DECODERS = new Map<string, Decoder>([
  ['gzip', promisify<InputType, ZlibOptions, Buffer>(gunzip)],
  ['x-gzip', promisify<InputType, ZlibOptions, Buffer>(gunzip)],
  ['deflate', promisify<InputType, ZlibOptions, Buffer>(inflate)],
  ['br', promisify<InputType, ZlibOptions, Buffer>(brotliDecompress)],
]);

/** The whole body, decoded; never more than `maxBytes` of it, on the wire or in memory. */
export async function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = contentEncoding(message);
  const bytes = await collect(message, maxBytes);
  if (encoding === 'identity' || bytes.length === 0) return bytes;
  const decode = DECODERS.get(encoding);
  if (!decode) throw new Error('the body has an unknown content encoding');
  return decode(bytes, { maxOutputLength: maxBytes });
}

function contentEncoding(message: IncomingMessage): string {
  const encoding = (message.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || DECODERS.has(encoding)) return encoding;
  throw new Error('the body has an unknown content encoding, or several');
}

function collect(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // Made where they are needed: an error costs as much as the rest of this function
    const tooLarge = () => new Error(`the body is larger than ${maxBytes} bytes`);
    const cutShort = () => new Error('the body was cut short');
    if (Number(message.headers['content-length']) > maxBytes) return reject(tooLarge());
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) message.destroy(tooLarge());
      else chunks.push(chunk);
    });
    message.on('end', () => resolve(Buffer.concat(chunks, size)));
    message.on('error', reject);
    message.on('close', () => message.readableEnded || reject(cutShort()));
  });
}
