import { escapeMarkup } from '@unrolled/app-shared';

/** A word of a classified text, and its weight. */
export interface JudgedWord {
  readonly word: string;
  /** Its share of attention; the shares of a text sum to 1. */
  readonly share: number;
  /** Gradient × input. Values above 0 count towards positive. */
  readonly attribution: number;
}

export interface JudgedText {
  readonly text: string;
  /** The probability that the text is positive. */
  readonly positive: number;
  readonly words: readonly JudgedWord[];
}

/**
 * The words, each with up to four signs + or - for its attribution (a quarter of the strongest one a sign),
 * and with its share of attention if that is at least 10 %.
 */
export function decisionWords(words: readonly JudgedWord[]): string {
  const strongest = Math.max(1e-9, ...words.map(({ attribution }) => Math.abs(attribution)));
  const shown = words.map(({ word, share, attribution }) => {
    const signs = (attribution > 0 ? '+' : '-').repeat(Math.round((4 * Math.abs(attribution)) / strongest));
    const percent = share >= 0.1 ? `${Math.round(100 * share)}%` : '';
    return signs || percent ? `${word}[${[signs, percent].filter(Boolean).join(' ')}]` : word;
  });
  return shown.join(' ');
}

const STYLE = `
body { font: 17px/2.6 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; background: #fff; color: #1b1f24 }
h1 { font-size: 1.2em; line-height: 1.4 } h2 { font-size: 1em; margin: 2em 0 0 } p { margin: 0 }
.word { padding: .15em .2em; border-radius: .25em; border-bottom: calc(1px + 14px * var(--share)) solid #5a6472 }
.positive { background: rgb(0 114 178 / var(--pull)) } .negative { background: rgb(213 94 0 / var(--pull)) }
@media (prefers-color-scheme: dark) { body { background: #15181c; color: #e6e8eb } .word { border-color: #9aa4b2 } }`;

/**
 * An HTML page of the texts. Blue words count towards positive, orange words towards negative. The bar under
 * a word is its share of attention.
 */
export function decisionPicture(texts: readonly JudgedText[]): string {
  const bodies = texts.map(({ positive, words }) => {
    const strongest = Math.max(1e-9, ...words.map(({ attribution }) => Math.abs(attribution)));
    const spans = words.map(({ word, share, attribution }) => {
      const style = `--share:${share.toFixed(3)};--pull:${((0.75 * Math.abs(attribution)) / strongest).toFixed(3)}`;
      const title = `share of attention ${(100 * share).toFixed(1)} %, attribution ${attribution.toFixed(3)}`;
      return `<span class="word ${attribution > 0 ? 'positive' : 'negative'}" style="${style}" title="${title}">${escapeMarkup(word)}</span>`;
    });
    return `<h2>${(100 * positive).toFixed(1)} % positive</h2><p>${spans.join(' ')}</p>`;
  });
  const note =
    'Blue words count towards positive, orange words towards negative (gradient × input). The bar under a word is its share of attention.';
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>Which words decided</title><style>${STYLE}</style><h1>Which words decided</h1><p>${note}</p>${bodies.join('')}</html>\n`
  );
}
