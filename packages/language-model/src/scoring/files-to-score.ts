import { countCharacters, type TokenSource } from '@unrolled/data';
import { type FileCorpus, openCorpus } from '@unrolled/data/node';
import type { OptionKinds } from '@unrolled/errors';
import { checkVocabulary } from '../records';
import { checkKind, checkOptions } from '../refuse';
import { formsToTry, type LetterForm } from '../text/text-form';
import { fileUnitOf, tokensFor } from '../text/token-ids';
import type { EncodingOptions, ScoredText } from './scored-text';

/** Options for reading files. */
export interface FileScoringOptions extends EncodingOptions {
  /** Directory for the token caches of large files; default `unrolled` in the system's cache directory. */
  readonly cacheDirectory?: string;
  readonly signal?: AbortSignal;
  /** Encoding of the files; default UTF-8, or UTF-16 if a byte order mark shows it. */
  readonly encoding?: string | undefined;
}

const KINDS: OptionKinds<FileScoringOptions> = {
  cacheDirectory: 'string?',
  signal: 'AbortSignal?',
  encoding: 'string?',
  vocabulary: 'object',
  warn: 'function',
};

/** Maximum total size of files that are kept in memory, in bytes. */
const MEMORY = 8 * 2 ** 20;

/**
 * Opens files of any size. Each file, each pattern, and standard input (`-`) is one text. All are read and
 * checked before the first is scored. The caller closes them.
 *
 * @throws UnrolledError if a file is missing, empty or not in its encoding, or has tokens that the model has
 *   not seen
 */
export async function filesToScore(
  files: readonly string[],
  options: FileScoringOptions,
): Promise<ScoredText[]> {
  checkKind('filesToScore', 'files', files, 'array');
  for (const file of files) checkKind('filesToScore', 'each file', file, 'string');
  checkOptions('filesToScore', options, KINDS);
  checkVocabulary('filesToScore', options.vocabulary);
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
  { vocabulary, warn, ...options }: FileScoringOptions,
): Promise<ScoredText> {
  const unit = fileUnitOf('filesToScore', vocabulary);
  const open = (normalize?: LetterForm) =>
    openCorpus([file], { ...options, unit, memoryLimit, ...(normalize && { normalize }) });
  const isKnown = ({ symbols }: FileCorpus) => symbols.every((symbol) => vocabulary.has(symbol));
  let corpus = await open();
  try {
    // Standard input can be read only once.
    const forms = file === '-' || isKnown(corpus) ? [] : formsToTry(corpus.symbols, vocabulary);
    for (const form of forms) {
      const other = await open(form);
      const isIt = isKnown(other);
      await (isIt ? corpus : other).close();
      if (!isIt) continue;
      corpus = other;
      warn(`${file}: converted to ${form}, as in the model's training text`);
      break;
    }
    return textOf(file, corpus, tokensFor(file, corpus, vocabulary, warn));
  } catch (error) {
    await corpus.close();
    throw error;
  }
}

function textOf(file: string, corpus: FileCorpus, tokens: TokenSource): ScoredText {
  return {
    name: file === '-' ? 'standard input' : file,
    isFile: true,
    tokens,
    characters: countCharacters(corpus, 0, corpus.tokens.length),
    symbols: (start, end) => Array.from(corpus.tokens.read(start, end), (id) => corpus.symbols[id]!),
    close: () => corpus.close(),
  };
}
