/**
 * The same text with characters of its own. V8 makes a part of a text as a view of the whole: whoever
 * remembers the part keeps the header that it came in, with everybody else's cookies.
 */
export function ownCopy(text: string): string {
  // Put together anew it is written out at the first look into it, and this is one
  return ` ${text}`.slice(1);
}
