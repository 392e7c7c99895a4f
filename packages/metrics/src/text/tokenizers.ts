/**
 * sacreBLEU's tokenizers, which differ in what they set apart: words are what white space separates
 * afterwards.
 *
 * `13a` is mteval-v13a's of the WMT evaluations, `intl` mteval-v14's (every Unicode punctuation and symbol),
 * `char` one token for each character, `zh` one for each Chinese character and 13a's rules for the rest,
 * `none` the unchanged text.
 */
import { splitWords, strip } from './white-space';

/** The name of a tokenizer, as sacreBLEU has it. */
export type BleuTokenizer = '13a' | 'none' | 'char' | 'intl' | 'zh';

/** The tokenizers' names. */
export const TOKENIZERS: readonly BleuTokenizer[] = ['13a', 'none', 'char', 'intl', 'zh'];

const TOKENIZE: Readonly<Record<BleuTokenizer, (text: string) => string>> = {
  '13a': (text) => western(` ${withoutEntities(text)} `),
  none: (text) => text,
  char: (text) => Array.from(text).join(' '),
  intl: international,
  zh: (text) => western(strip(text).replace(CHINESE, ' $& ')),
};

/** The tokens of one text. */
export function tokensOf(tokenizer: BleuTokenizer, text: string): string[] {
  return splitWords(TOKENIZE[tokenizer](text));
}

function withoutEntities(text: string): string {
  return text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
}

/** ASCII punctuation apart; a period and a comma but between digits; a dash after a digit. */
function western(text: string): string {
  return text
    .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
}

/**
 * Punctuation apart but between numbers; symbols apart. A period at the very end after a number stays, as in
 * mteval-v14.
 */
function international(text: string): string {
  return text
    .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
    .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
    .replace(/\p{S}/gu, ' $& ');
}

/**
 * sacreBLEU's ranges of Chinese as they work there: the two for the planes beyond U+FFFF are written with
 * four hexadecimal digits and a fifth character, and therefore match U+2001–U+2A6D and U+2F81–U+2FA1 instead.
 */
const CHINESE =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g;
