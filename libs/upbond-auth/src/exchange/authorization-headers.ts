const NAME = 'authorization';

/** Every `Authorization` header as it was sent; Node keeps only the first among its `headers`. */
export function authorizationHeaders(rawHeaders: readonly string[]): string[] {
  const sent: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // The length first: most names need no lower case
    const isNamed = name.length === NAME.length && name.toLowerCase() === NAME;
    if (isNamed) sent.push(rawHeaders[index + 1] ?? '');
  }
  return sent;
}
