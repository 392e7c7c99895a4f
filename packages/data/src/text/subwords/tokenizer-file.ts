import { readFile } from 'node:fs/promises';
import { refuseUnreadable } from '../../file-errors';
import { optionalPackage } from '../../optional-package';
import { checkKind, refuse } from '../../refuse';
import type { Vocabulary } from '../vocabulary-contract';
import { vocabularyOfTokenizer } from './tokenizer-vocabulary';

const scope = 'readTokenizer';

/**
 * The tokenizer of a Hugging Face `tokenizer.json` as a vocabulary, of whatever kind: byte pairs, WordPiece, Unigram. The package
 * `@huggingface/tokenizers` reads it; a program that calls this installs it.
 *
 * @throws UnrolledError naming the path: a file that cannot be read, no JSON, or none of a tokenizer
 */
export async function readTokenizer(path: string): Promise<Vocabulary> {
  checkKind(scope, 'path', path, 'string');
  const text = await readFile(path, 'utf8').catch((error) => refuseUnreadable(scope, path, error));
  const { Tokenizer } = await optionalPackage(
    scope,
    '@huggingface/tokenizers',
    () => import('@huggingface/tokenizers'),
  );
  const json = parsed(path, text);
  try {
    return vocabularyOfTokenizer(new Tokenizer(json, {}));
  } catch (error) {
    refuseTokenizer(path, (error as Error).message, error);
  }
}

function parsed(path: string, text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof Object(json).model === 'object') return json as object;
  } catch (error) {
    refuseTokenizer(path, (error as Error).message, error);
  }
  return refuseTokenizer(path, 'JSON without a model');
}

function refuseTokenizer(path: string, got: string, cause?: unknown): never {
  const expected = `a Hugging Face tokenizer at ${path}`;
  refuse(scope, { expected, got, remedy: 'give its tokenizer.json', code: 'format' }, cause);
}
