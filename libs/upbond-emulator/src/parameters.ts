/** A parameter of the request, or an empty text when it is absent or was sent twice. */
export function textParameter(
  parameters: Readonly<Record<string, unknown>> | undefined,
  name: string,
): string {
  const value = parameters?.[name];
  return typeof value === 'string' ? value : '';
}

export function scopesOf(scope: string): string[] {
  return [...new Set(scope.split(' ').filter(Boolean))];
}
