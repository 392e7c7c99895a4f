import { escapeMarkup } from '@unrolled/app-shared';

/** A word of a classified text. */
export interface JudgedWord {
  readonly word: string;
  /** Its share of attention; the shares of a text sum to 1. */
  readonly share: number;
  /** Gradient × input, above 0 towards glad. */
  readonly pull: number;
}

export interface JudgedText {
  readonly text: string;
  /** How probable it is that the text is glad. */
  readonly glad: number;
  readonly words: readonly JudgedWord[];
}

/**
 * The words with signs behind those that decided: + and - by a quarter of the strongest pull each, and their
 * shares from 10 % on.
 */
export function decisionWords(words: readonly JudgedWord[]): string {
  const strongest = Math.max(1e-9, ...words.map(({ pull }) => Math.abs(pull)));
  const shown = words.map(({ word, share, pull }) => {
    const signs = (pull > 0 ? '+' : '-').repeat(Math.round((4 * Math.abs(pull)) / strongest));
    const percent = share >= 0.1 ? `${Math.round(100 * share)}%` : '';
    return signs || percent ? `${word}[${[signs, percent].filter(Boolean).join(' ')}]` : word;
  });
  return shown.join(' ');
}

const STYLE = `
body { font: 17px/2.6 system-ui, sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; background: #fff; color: #1b1f24 }
h1 { font-size: 1.2em; line-height: 1.4 } h2 { font-size: 1em; margin: 2em 0 0 } p { margin: 0 }
.word { padding: .15em .2em; border-radius: .25em; border-bottom: calc(1px + 14px * var(--share)) solid #5a6472 }
.glad { background: rgb(0 114 178 / var(--pull)) } .angry { background: rgb(213 94 0 / var(--pull)) }
@media (prefers-color-scheme: dark) { body { background: #15181c; color: #e6e8eb } .word { border-color: #9aa4b2 } }`;

/**
 * A page of the texts: blue pulls towards glad, orange towards angry; the bar under a word is its share of
 * attention.
 */
export function decisionPicture(texts: readonly JudgedText[]): string {
  const bodies = texts.map(({ glad, words }) => {
    const strongest = Math.max(1e-9, ...words.map(({ pull }) => Math.abs(pull)));
    const spans = words.map(({ word, share, pull }) => {
      const style = `--share:${share.toFixed(3)};--pull:${((0.75 * Math.abs(pull)) / strongest).toFixed(3)}`;
      const title = `share of attention ${(100 * share).toFixed(1)} %, pull ${pull.toFixed(3)}`;
      return `<span class="word ${pull > 0 ? 'glad' : 'angry'}" style="${style}" title="${title}">${escapeMarkup(word)}</span>`;
    });
    return `<h2>${(100 * glad).toFixed(1)} % glad</h2><p>${spans.join(' ')}</p>`;
  });
  const note =
    'Blue words pull towards glad, orange ones towards angry (gradient × input); the bar under a word is its share of attention.';
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>Which words decided</title><style>${STYLE}</style><h1>Which words decided</h1><p>${note}</p>${bodies.join('')}</html>\n`
  );
}
