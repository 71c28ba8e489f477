import { IncomingMessage } from 'node:http';

const maximumBytes = 64 * 1024;

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBytes) throw new RangeError('The request body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function fromJson(text: string): URLSearchParams {
  const parameters = new URLSearchParams();
  const members: unknown = JSON.parse(text);
  if (typeof members !== 'object' || members === null) return parameters;
  for (const [name, value] of Object.entries(members)) {
    if (typeof value === 'string') parameters.append(name, value);
  }
  return parameters;
}

/** Reads parameters from a form or from JSON: Login 3.0's pages show both for the same endpoints. */
export async function readParameters(request: IncomingMessage): Promise<URLSearchParams> {
  const text = await readText(request);
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  return isJson ? fromJson(text) : new URLSearchParams(text);
}

/** The same request with another form body; the original one has been read to its end. */
export function withFormBody(request: IncomingMessage, body: URLSearchParams): IncomingMessage {
  const text = Buffer.from(body.toString());
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method ?? 'POST';
  copy.url = request.url ?? '/';
  copy.httpVersion = request.httpVersion;
  copy.headers = {
    ...request.headers,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(text.length),
  };
  delete copy.headers['transfer-encoding'];
  // An incomplete message cuts its connection when it is destroyed.
  copy.complete = true;
  copy.push(text);
  copy.push(null);
  return copy;
}
