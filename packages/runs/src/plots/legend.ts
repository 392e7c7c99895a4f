/** The width of a line sample and of the gaps around it, in pixels. */
const SAMPLE_AND_GAPS = 31 + 24;
/** The mean width of a letter at the legend's 13 px, rounded up, because fonts differ. */
const LETTER_WIDTH = 7.6;
const LONGEST_LABEL = 80;

interface Legend {
  rows: number;
  places: readonly { x: number; row: number; label: string }[];
}

/** Arranges names in rows above the plot. A row wraps before the right edge. */
export function layOutLegend(names: readonly string[], area: { left: number; width: number }): Legend {
  let x = 0;
  let row = 0;
  const places = names.map((name) => {
    const letters = [...name];
    const longest = Math.min(LONGEST_LABEL, Math.floor((area.width - SAMPLE_AND_GAPS) / LETTER_WIDTH));
    const label = letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : name;
    const width = SAMPLE_AND_GAPS + lettersWide(label) * LETTER_WIDTH;
    if (x > 0 && x + width > area.width) {
      x = 0;
      row += 1;
    }
    const place = { x: area.left + x, row, label };
    x += width;
    return place;
  });
  return { rows: row + 1, places };
}

/** East Asian letters and emoji are about twice as wide. */
function lettersWide(text: string): number {
  let wide = 0;
  for (const letter of text) wide += letter.codePointAt(0)! >= 0x1100 ? 1.9 : 1;
  return wide;
}
