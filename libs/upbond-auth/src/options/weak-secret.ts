const MIN_BYTES = 32;
const MIN_DISTINCT = 8;

/** Words that nobody finds in 48 random bytes, but everybody in a template. */
const PLACEHOLDERS =
  /change[-_ ]?(me|this|it)|secret|password|replace|placeholder|example|your[-_ ]|^<.*>$|^\{.*\}$|\$\{\w+\}|x{8}/i;
/** The same, too short to be looked for inside random text. */
const SHORT_PLACEHOLDERS = /(^|[^a-z0-9])(todo|test|demo|dummy|default|xxxx+)([^a-z0-9]|$)/i;

/** Why a secret could be guessed, as the end of a sentence; `undefined` when nothing says so. */
export function weaknessOf(secret: string): string | undefined {
  if (PLACEHOLDERS.test(secret) || SHORT_PLACEHOLDERS.test(secret)) {
    return 'looks like a placeholder';
  }
  const bytes = Buffer.byteLength(secret, 'utf8');
  if (bytes < MIN_BYTES) return `is ${bytes} bytes long, but at least ${MIN_BYTES} are needed`;
  const distinct = new Set(secret).size;
  if (distinct < MIN_DISTINCT) return `consists of only ${distinct} different characters`;
  if (isRepetition(secret)) return 'repeats a pattern';
  return isSequence(secret) ? 'is a sequence of neighbouring characters' : undefined;
}

function isRepetition(secret: string): boolean {
  const periods = Array.from({ length: Math.floor(secret.length / 2) }, (_, index) => index + 1);
  return periods.some((period) => secret.startsWith(secret.slice(period)));
}

function isSequence(secret: string): boolean {
  const codes = Array.from(secret, (character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).filter((code, index) => Math.abs(code - (codes[index] ?? 0)) <= 1);
  return steps.length > codes.length / 2;
}
