import type { VaryingHeaders } from './exchange.js';

/** A `Vary` header with these names in it as well, in any letter case (RFC 9110 §12.5.5). */
export function withVarying(vary: string, headers: VaryingHeaders): string {
  const names = vary.split(',').map((name) => name.trim().toLowerCase());
  if (names.includes('*')) return vary;
  const missing = headers.split(', ').filter((header) => !names.includes(header.toLowerCase()));
  return [vary, ...missing].join(', ');
}
