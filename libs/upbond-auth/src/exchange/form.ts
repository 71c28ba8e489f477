/**
 * The fields of a posted form as the platform's own parser read them, with duplicates: parsers make
 * lists of those, and objects of names with brackets, which are no fields of ours.
 */
export function formParameters(body: unknown): URLSearchParams {
  const parameters = new URLSearchParams();
  if (typeof body !== 'object' || body === null) return parameters;
  for (const [name, value] of Object.entries(body)) {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    for (const one of values) if (typeof one === 'string') parameters.append(name, one);
  }
  return parameters;
}
