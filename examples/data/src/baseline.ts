/** A baseline without a network: the name of the nearest picture. */
import { corpusChrf } from '@unrolled/metrics';
import type { Captioning } from './captioning';
import { type Emoji, LANGUAGES, type Language, type Pictures } from './emoji';

/** How pictures are compared: size and colour. */
export interface Looking {
  /** Pixels along a side. */
  readonly size: number;
  readonly isGrey: boolean;
}

export interface Captioned {
  /** The share of names that are exactly correct. */
  readonly exact: number;
  readonly chrf: number;
}

/** The share of exact names and chrF in each language: the names of `found` for the pictures of `emoji`. */
export function scoreNames(
  emoji: readonly Emoji[],
  found: readonly Emoji[],
): Readonly<Record<Language, Captioned>> {
  const scores = LANGUAGES.map((language) => {
    const [said, wanted] = [found, emoji].map((list) => list.map(({ names }) => names[language]));
    return [language, scoreTexts(said!, wanted!)] as const;
  });
  return Object.fromEntries(scores) as Record<Language, Captioned>;
}

/** The share of exact names and chrF of predictions for pictures with these names. */
export function scoreTexts(said: readonly string[], wanted: readonly string[]): Captioned {
  const exact = said.filter((name, at) => name === wanted[at]).length / wanted.length;
  return { exact, chrf: corpusChrf({ hypotheses: said, references: wanted }).score };
}

/** The comparison with the most exact names, of 8, 16 and 32 pixels, grey and in colour, and its results. */
export function bestNearest({ emoji, known, unseen }: Captioning): {
  readonly looking: Looking;
  readonly found: readonly Emoji[];
} {
  const pictures = { emoji, of: { twemoji: known[0]!, openmoji: known[1]!, noto: unseen } };
  const ways = [8, 16, 32].flatMap((size) => [true, false].map((isGrey) => ({ size, isGrey })));
  const rights = (found: readonly Emoji[]) => found.filter((one, at) => one === emoji[at]).length;
  return ways
    .map((looking) => ({ looking, found: nearest(pictures, looking) }))
    .reduce((best, one) => (rights(one.found) > rights(best.found) ? one : best));
}

/**
 * For each of Noto's pictures, the emoji of the nearest picture of the other two artists, by the sum of
 * squares.
 */
export function nearest({ emoji, of }: Pictures, looking: Looking): Emoji[] {
  const known = [...of.twemoji, ...of.openmoji].map((picture) => seen(picture, looking));
  return of.noto.map((picture) => {
    const wanted = seen(picture, looking);
    let [best, distance] = [0, Number.POSITIVE_INFINITY];
    for (const [at, one] of known.entries()) {
      const found = distanceBelow(wanted, one, distance);
      if (found < distance) [best, distance] = [at, found];
    }
    return emoji[best % emoji.length]!;
  });
}

/** The sum of squares, or any number of at least `limit` if it is not smaller. */
function distanceBelow(a: Float32Array, b: Float32Array, limit: number): number {
  let sum = 0;
  for (let start = 0; start < a.length && sum < limit; start += 64) {
    for (let at = start; at < Math.min(start + 64, a.length); at++) sum += (a[at]! - b[at]!) ** 2;
  }
  return sum;
}

/** A picture in the form of the baseline: reduced by means of whole pixels, and optionally grey. */
export function seen(picture: Float32Array, { size, isGrey }: Looking): Float32Array {
  const side = Math.sqrt(picture.length / 3);
  const step = side / size;
  const channels = isGrey ? 1 : 3;
  const small = new Float32Array(size * size * channels);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const at = (row * side + column) * 3;
      const [red, green, blue] = [picture[at]!, picture[at + 1]!, picture[at + 2]!];
      const values = isGrey ? [0.299 * red + 0.587 * green + 0.114 * blue] : [red, green, blue];
      const place = (Math.floor(row / step) * size + Math.floor(column / step)) * channels;
      for (let c = 0; c < channels; c++) small[place + c]! += values[c]! / (step * step);
    }
  }
  return small;
}
