import type { Tokenizer } from '@huggingface/tokenizers';
import { inWords } from '@unrolled/errors';
import { refuse } from '../../refuse';
import { buildVocabulary, type Codec } from '../build-vocabulary';
import type { TokenDecoder, Vocabulary } from '../vocabulary-contract';

/** Names of end-of-text tokens in files, most likely first. */
const ENDS = ['</s>', '<|endoftext|>', '<eos>', '<EOS>', '[SEP]', '<|end_of_text|>'];

/**
 * Number of previous ids that are decoded together with the next: a character has at most four tokens, and
 * the start of a word determines its space.
 */
const CONTEXT = 8;

/**
 * A Hugging Face tokenizer as a vocabulary. It adds special tokens to no text.
 *
 * @param unknownToken the name in the file
 */
export function vocabularyOfTokenizer(tokenizer: Tokenizer, unknownToken: unknown): Vocabulary {
  const entries = [...tokenizer.get_vocab()];
  const tokens: string[] = [];
  for (const [name, id] of entries) tokens[id] = name;
  // A file may skip ids; each id still has a token here.
  for (let id = 0; id < tokens.length; id++) tokens[id] ??= `<unused ${id}>`;
  const named = unknownToken ?? tokenizer.model?.unk_token;
  const unknown = typeof named === 'string' && tokens.includes(named) ? named : undefined;
  const vocabulary = buildVocabulary({
    unit: 'subword',
    tokens: Object.freeze(tokens),
    endOfSequence: ENDS.find((name) => tokens.includes(name)),
    unknown,
    codecOf: (token) => codecOf(tokenizer, token, unknown === undefined ? -1 : tokens.indexOf(unknown)),
  });
  return Object.freeze({
    ...vocabulary,
    toJSON: () =>
      refuse('toJSON', {
        expected: 'a vocabulary that was created by @unrolled/data',
        got: 'a Hugging Face tokenizer, which has no JSON form',
        remedy: 'store its tokenizer.json with the model, and read it with readTokenizer',
        code: 'unsupported',
      }),
  });
}

function codecOf(
  tokenizer: Tokenizer,
  token: (id: number) => string,
  unknownId: number,
): Codec & Pick<Vocabulary, 'split'> {
  const split = (text: string) =>
    text === '' ? [] : tokenizer.tokenize(text, { add_special_tokens: false });
  const textOf = (ids: number[]) => {
    for (const id of ids) token(id);
    return ids.length === 0 ? '' : tokenizer.decode(ids, { clean_up_tokenization_spaces: false });
  };
  return {
    split,
    encodeText(text) {
      if (text === '') return new Int32Array(0);
      const { ids } = tokenizer.encode(text, { add_special_tokens: false });
      const lacking = ids.findIndex((id) => !Number.isInteger(id));
      if (lacking < 0) return Int32Array.from(ids);
      // A vocabulary of whole words has no rule for unknown words.
      if (unknownId >= 0) return Int32Array.from(ids, (id) => (Number.isInteger(id) ? id : unknownId));
      return refuse('encode', {
        expected: 'only tokens of the tokenizer, which has no unknown token',
        got: `${inWords(split(text)[lacking])} at position ${lacking}`,
        remedy: 'remove this text',
      });
    },
    decodeIds: (ids, count) => textOf(Array.from({ length: count }, (_, at) => ids[at]!)),
    decoder: () => decoderOf(textOf),
  };
}

/** Decodes with the previous ids, because a token's text depends on them, and returns the added text. */
function decoderOf(textOf: (ids: number[]) => string): TokenDecoder {
  let ids: number[] = [];
  let said = '';
  const tell = (isLast: boolean) => {
    const text = textOf(ids);
    // A character may still be incomplete.
    if (!isLast && text.endsWith('\ufffd')) return '';
    const added = text.slice(said.length);
    said = text;
    if (ids.length > CONTEXT) {
      ids = ids.slice(-CONTEXT / 2);
      said = textOf(ids);
    }
    return added;
  };
  return {
    write(id) {
      ids.push(id);
      return tell(false);
    },
    end: () => tell(true),
  };
}
