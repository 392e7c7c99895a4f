/**
 * sacreBLEU's tokenizers. They insert spaces around symbols by different rules, and words are then separated
 * by white space.
 *
 * `13a` is that of mteval-v13a, from the WMT evaluations. `intl` is that of mteval-v14, for all Unicode
 * punctuation and symbols. `char` makes each character a token. `zh` makes each Chinese character a token,
 * and applies the rules of 13a to the rest. `none` leaves the text unchanged.
 */
import { splitWords, strip } from './white-space';

/** The name of a tokenizer in sacreBLEU. */
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

/**
 * Separates ASCII punctuation; a period or a comma only if it is not between digits; a dash only after a
 * digit.
 */
function western(text: string): string {
  return text
    .replace(/[{-~[-` -&(-+:-@/]/g, ' $& ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ');
}

/**
 * Separates punctuation unless it is between digits, and all symbols. A final period after a digit is not
 * separated, as in mteval-v14.
 */
function international(text: string): string {
  return text
    .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
    .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
    .replace(/\p{S}/gu, ' $& ');
}

/**
 * sacreBLEU's ranges of Chinese characters as they behave there. Its two ranges beyond U+FFFF are written
 * with four hexadecimal digits and a fifth character, so they match U+2001–U+2A6D and U+2F81–U+2FA1 instead.
 */
const CHINESE =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g;
