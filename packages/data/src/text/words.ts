/**
 * Splits text into words whose concatenation is the text: a run of letters, marks and digits with apostrophes
 * between them (`don't`, `naïve`, `1984`), a run of white space, or any other single character. Classes are
 * Unicode's.
 *
 * A run ends after {@link longestRun} code points, so a text without spaces has words, too.
 */
const longestRun = 64;

/** Number of UTF-16 units after a word that its end can depend on: an apostrophe and one code point. */
const lookAhead = 3;

const apostrophes = new Set([0x27, 0x2019]);
const [unclassified, other, space, letter] = [0, 1, 2, 3];

/** The class of each code point, computed once: several times faster than a regular expression. */
const classes = new Uint8Array(0x110000);

function classOf(codePoint: number): number {
  const known = classes[codePoint]!;
  if (known !== unclassified) return known;
  const character = String.fromCodePoint(codePoint);
  const found = /[\p{L}\p{M}\p{N}]/u.test(character) ? letter : /\s/u.test(character) ? space : other;
  classes[codePoint] = found;
  return found;
}

/** The words of a text, in order and complete. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  for (let start = 0; start < text.length; ) {
    const end = wordEnd(text, start);
    words.push(text.slice(start, end));
    start = end;
  }
  return words;
}

/**
 * Splits a text that is read in pieces into words, up to the last word whose end is certain.
 *
 * @returns the number of UTF-16 units of these words; the remainder is prepended to the next piece
 */
export function splitFinishedWords(text: string, tell: (start: number, end: number) => void): number {
  let start = 0;
  while (start < text.length) {
    const end = wordEnd(text, start);
    if (end + lookAhead > text.length) break;
    tell(start, end);
    start = end;
  }
  return start;
}

function wordEnd(text: string, start: number): number {
  const first = text.codePointAt(start)!;
  const kind = classOf(first);
  let end = start + unitsOf(first);
  if (kind === other) return end;
  for (let run = 1; run < longestRun && end < text.length; run++) {
    const next = text.codePointAt(end)!;
    if (classOf(next) === kind) {
      end += unitsOf(next);
      continue;
    }
    if (kind !== letter || !apostrophes.has(next) || end + 1 === text.length) break;
    const behind = text.codePointAt(end + 1)!;
    if (classOf(behind) !== letter) break;
    end += 1 + unitsOf(behind);
  }
  return end;
}

const unitsOf = (codePoint: number) => (codePoint > 0xffff ? 2 : 1);
