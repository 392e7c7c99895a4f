/**
 * White space as defined by Python's `str.split()`. Unlike JavaScript's, it includes U+001C–U+001F and
 * U+0085, but not U+FEFF.
 */
const SPACE = '[\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const ONE = /* @__PURE__ */ new RegExp(SPACE);
const RUN = /* @__PURE__ */ new RegExp(`${SPACE}+`);

/** The words between runs of white space; none is empty. Python's `text.split()`. */
export function splitWords(text: string): string[] {
  return text.split(RUN).filter((word) => word !== '');
}

/**
 * The text without white space at its end: Python's `text.rstrip()`. It is a loop, because a regular
 * expression would take quadratic time.
 */
export function stripEnd(text: string): string {
  let end = text.length;
  while (ONE.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** The text without white space at both ends: Python's `text.strip()`. */
export function strip(text: string): string {
  let start = 0;
  while (ONE.test(text.charAt(start))) start++;
  return stripEnd(text.slice(start));
}
