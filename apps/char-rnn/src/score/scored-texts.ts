import {
  countCharacters,
  memoryTokens,
  renumberTokens,
  type TokenSource,
  type Vocabulary,
} from '@unrolled/data';
import { openCorpus } from '@unrolled/data/node';
import { checkTokens } from '../text/text-ids';

/** A text to score, as the model reads it. */
export interface ScoredText {
  /** The text itself, or the file it comes from. */
  readonly name: string;
  readonly isFile: boolean;
  readonly tokens: TokenSource;
  /** Code points. */
  readonly characters: number;
  /** What the tokens from `start` up to, and without, `end` stand for in the text, those unknown to the model too. */
  symbols(start: number, end: number): string[];
  close(): Promise<void>;
}

export interface EncodingOptions {
  readonly vocabulary: Vocabulary;
  readonly warn: (line: string) => void;
}

/**
 * A text in memory.
 *
 * @param scope what gave it, for messages
 * @throws UnrolledError for what the model has not seen, when it has no unknown token
 */
export function textToScore(scope: string, text: string, { vocabulary, warn }: EncodingOptions): ScoredText {
  const symbols = vocabulary.split(text);
  checkTokens(scope, new Set(symbols), vocabulary, warn);
  return {
    name: text,
    isFile: false,
    tokens: memoryTokens(vocabulary.encode(text)),
    characters: Array.from(text).length,
    symbols: (start, end) => symbols.slice(start, end),
    close: async () => {},
  };
}

/** Bytes of all files together that are kept in memory. */
const MEMORY = 8 * 2 ** 20;

/**
 * Files of any size, each (and each pattern, and `-` for standard input) as one text. All are read and checked before
 * the first is scored. The caller closes them.
 *
 * @throws UnrolledError when one is missing, empty or not UTF-8, or has what the model has not seen
 */
export async function filesToScore(
  files: readonly string[],
  options: EncodingOptions & { readonly cacheDirectory?: string; readonly signal: AbortSignal },
): Promise<ScoredText[]> {
  const texts: ScoredText[] = [];
  try {
    for (const file of files) texts.push(await fileToScore(file, MEMORY / files.length, options));
    return texts;
  } catch (error) {
    for (const text of texts) await text.close();
    throw error;
  }
}

async function fileToScore(
  file: string,
  memoryLimit: number,
  {
    vocabulary,
    warn,
    ...options
  }: EncodingOptions & { readonly cacheDirectory?: string; readonly signal: AbortSignal },
): Promise<ScoredText> {
  const { unit } = vocabulary;
  const corpus = await openCorpus([file], { ...options, unit, memoryLimit });
  try {
    checkTokens(file, corpus.symbols, vocabulary, warn);
  } catch (error) {
    await corpus.close();
    throw error;
  }
  const ids = Int32Array.from(corpus.symbols, (symbol) => vocabulary.id(symbol));
  return {
    name: file === '-' ? 'standard input' : file,
    isFile: true,
    tokens: renumberTokens(corpus.tokens, ids),
    characters: countCharacters(corpus, 0, corpus.tokens.length),
    symbols: (start, end) => Array.from(corpus.tokens.read(start, end), (id) => corpus.symbols[id]!),
    close: () => corpus.close(),
  };
}
