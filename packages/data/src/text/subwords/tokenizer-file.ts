import { readFile } from 'node:fs/promises';
import { inWords, UnrolledError } from '@unrolled/errors';
import { refuseUnreadable } from '../../file-errors';
import { optionalPackage } from '../../optional-package';
import { checkKind, refuse } from '../../refuse';
import type { Vocabulary } from '../vocabulary-contract';
import { readableTokenizer, type TokenizerJson } from './tokenizer-settings';
import { vocabularyOfTokenizer } from './tokenizer-vocabulary';

const scope = 'readTokenizer';

/**
 * Reads the tokenizer of a Hugging Face `tokenizer.json` as a vocabulary: byte pairs, WordPiece, Unigram or
 * whole words. The package `@huggingface/tokenizers` reads it, and the calling program installs that package.
 * Settings that it computes differently from Hugging Face's own library are refused by name.
 *
 * @throws UnrolledError naming the path: a file that cannot be read, invalid JSON, JSON without a tokenizer,
 *   or an unsupported setting
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
    return vocabularyOfTokenizer(new Tokenizer(readableTokenizer(path, json), {}), json.model.unk_token);
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    refuseTokenizer(path, (error as Error).message, error);
  }
}

function parsed(path: string, text: string): TokenizerJson {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof Object(json).model === 'object' && Object(json).model !== null) {
      checkIds(path, json as TokenizerJson);
      return json as TokenizerJson;
    }
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    refuseTokenizer(path, (error as Error).message, error);
  }
  return refuseTokenizer(path, 'JSON without a model');
}

/** Refuses ids with large gaps, because the library allocates a list up to the largest id. */
function checkIds(path: string, { model, added_tokens: added }: TokenizerJson): void {
  const { vocab } = model;
  // Unigram's vocabulary is a list of [token, score]; the others' an object of ids.
  const isScored = Array.isArray(vocab) && vocab.every((entry) => typeof Object(entry)[0] === 'string');
  const listed: unknown[] = isScored ? Object.keys(vocab).map(Number) : Object.values(Object(vocab));
  const extra = Array.isArray(added) ? added.map((token) => Object(token).id as unknown) : [];
  const ids = [...listed, ...extra];
  const most = 2 * ids.length + 1024;
  const odd = ids.find((id) => !Number.isInteger(id) || (id as number) < 0 || (id as number) > most);
  if (odd !== undefined)
    refuseTokenizer(path, `${ids.length} tokens, one of them with the id ${inWords(odd)}`);
}

function refuseTokenizer(path: string, got: string, cause?: unknown): never {
  const expected = `a Hugging Face tokenizer at ${path}`;
  refuse(scope, { expected, got, remedy: 'pass the path of its tokenizer.json', code: 'format' }, cause);
}
