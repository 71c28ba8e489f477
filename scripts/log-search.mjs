// Searches log lines for secrets: whole and in part, plain, percent-encoded, JSON-escaped and in base64,
// and for what looks like a secret wherever it came from.

/** A shorter value cannot be told from the words of a log. */
const LEAST_CHARACTERS = 12;
/** A part of this length counts as a leak ... */
export const PART_CHARACTERS = 24;
/** ... of a secret of at least this length. */
const LONG_CHARACTERS = 32;

/**
 * What is a secret by its looks.
 *
 * @type {readonly (readonly [kind: string, shape: RegExp])[]}
 */
const SHAPES = [
  ['a JWT', /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/],
  ['a cookie of ours', /(?:__Host-)?upbond-[\w-]{6}-[\w-]+=[\w-]{12,}/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
];

/** @typedef {{ kind: string, value: string }} Secret */
/** @typedef {{ kind: string, line: string }} Leak */

/**
 * Whether a value can be looked for. Tests send what is no secret, too: `state=access_denied`, or a token of
 * 20,000 times the letter x.
 *
 * @param {string} value
 */
export function isSearchable(value) {
  const isWord = /^[a-z]+(?:_[a-z]+)*$/.test(value);
  return value.length >= LEAST_CHARACTERS && !isWord && new Set(value).size > 4;
}

/**
 * Every way in which these lines show one of these secrets, each line once for each kind.
 *
 * @param {readonly string[]} lines
 * @param {readonly Secret[]} secrets
 * @returns {Leak[]}
 */
export function findLeaks(lines, secrets) {
  const text = lines.join('\n');
  const pieces = piecesOf(text);
  /** @type {Map<string, Leak>} */
  const leaks = new Map();
  /** @type {(kind: string, line: string) => void} */
  const add = (kind, line) => void leaks.set(`${kind} ${line}`, { kind, line });
  for (const { kind, value } of secrets) {
    for (const found of formsOf(value).flatMap((form) => occurrence(form, text, pieces) ?? [])) {
      for (const line of lines) if (line.includes(found)) add(kind, line);
    }
  }
  for (const [kind, shape] of SHAPES) {
    for (const line of lines) if (shape.test(line)) add(kind, line);
  }
  return [...leaks.values()];
}

/**
 * @param {string} value
 * @returns {string[]}
 */
function formsOf(value) {
  const bytes = Buffer.from(value);
  // What base64 makes of a value depends on where in its text the value begins, modulo 3; the characters
  // at both ends depend on its neighbours.
  const inBase64 = [0, 1, 2].map((skipped) => {
    const whole = bytes.subarray(skipped, bytes.length - ((bytes.length - skipped) % 3));
    return whole.toString('base64');
  });
  const forms = [
    value,
    encodeURIComponent(bytes.toString()),
    JSON.stringify(value).slice(1, -1),
    ...inBase64,
    ...inBase64.map((form) => form.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  return [...new Set(forms)].filter((form) => form.length >= LEAST_CHARACTERS);
}

/** Every run of this many characters in the text. */
const PIECE_CHARACTERS = LEAST_CHARACTERS;

/**
 * Of words alone: most secrets have no spaces or quotation marks. One that has is looked for in the text.
 *
 * @param {string} text
 */
function piecesOf(text) {
  const pieces = new Set();
  for (const word of new Set(text.match(/[^\s"'`<>]{12,}/g))) {
    for (let at = 0; at + PIECE_CHARACTERS <= word.length; at++) {
      pieces.add(word.slice(at, at + PIECE_CHARACTERS));
    }
  }
  return pieces;
}

/**
 * The form, or the part of it that counts as a leak, if the text has it.
 *
 * @param {string} form
 * @param {string} text
 * @param {ReadonlySet<unknown>} pieces
 * @returns {string | undefined}
 */
function occurrence(form, text, pieces) {
  if (form.length < LONG_CHARACTERS || /[\s"'`<>]/.test(form)) {
    const isPossible = /[\s"'`<>]/.test(form) || pieces.has(form.slice(0, PIECE_CHARACTERS));
    return isPossible && text.includes(form) ? form : undefined;
  }
  // Of every part of 24 characters, one of these pieces is the beginning, the middle or the end
  const step = PART_CHARACTERS - PIECE_CHARACTERS + 1;
  for (let at = 0; at + PIECE_CHARACTERS <= form.length; at += step) {
    if (!pieces.has(form.slice(at, at + PIECE_CHARACTERS))) continue;
    const earliest = Math.max(0, at + PIECE_CHARACTERS - PART_CHARACTERS);
    const latest = Math.min(at, form.length - PART_CHARACTERS);
    for (let start = earliest; start <= latest; start++) {
      const part = form.slice(start, start + PART_CHARACTERS);
      if (text.includes(part)) return part;
    }
  }
  return undefined;
}
