/**
 * Settings of a `tokenizer.json` that `@huggingface/tokenizers` (0.2) computes differently from the library
 * that wrote the file: rewritten into settings that it computes alike, or refused. It splits correctly by a
 * regular expression whose matches are isolated or removed, so every other rule becomes such an
 * expression. It reports unknown types itself.
 */
import { refuse } from '../../refuse';

/** The parts of a tokenizer.json that are read here. */
export interface TokenizerJson {
  readonly model: { readonly [key: string]: unknown };
  readonly added_tokens?: unknown;
  readonly normalizer?: unknown;
  readonly pre_tokenizer?: unknown;
  readonly decoder?: unknown;
}

type Step = { readonly type: string; readonly [key: string]: unknown };

/** `\w` and its complement, as in Rust: letters of all scripts. */
const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
/** ASCII characters other than letters, digits and spaces, and all punctuation. */
const PUNCTUATION = '[!-\\/:-@\\[-`{-~\\p{P}]';

/**
 * The same tokenizer in terms that the library supports.
 *
 * @throws UnrolledError naming an unsupported setting
 */
export function readableTokenizer(path: string, json: TokenizerJson): object {
  const { model, pre_tokenizer: splitter, decoder } = json;
  const ways = typesIn(splitter);
  const splits = ways.length > 0 && !ways.includes('Metaspace') && !ways.includes('ByteLevel');
  const hasBytes = typesIn(json).includes('ByteLevel') || model.byte_fallback;
  const added: unknown[] = Array.isArray(json.added_tokens) ? json.added_tokens : [];
  const isPairs = model.type === 'BPE' || 'merges' in model;
  const isWhole = !isPairs && model.type !== 'Unigram';
  const undoes = typesIn(decoder);
  const makes = [...ways, ...typesIn(json.normalizer)];
  // Its decoders assume that every token is of one of these kinds.
  const hasMarks = makes.includes('Metaspace') || JSON.stringify(json.normalizer ?? '').includes('▁');
  const lacking = [
    model.type === 'Unigram' && model.byte_fallback && 'byte_fallback of Unigram',
    isPairs && model.continuing_subword_prefix && 'continuing_subword_prefix of BPE',
    isPairs && !model.unk_token && !hasBytes && 'BPE without an unk_token',
    splits &&
      !model.byte_fallback &&
      (model.type === 'Unigram' || model.fuse_unk) &&
      'unknown tokens that are merged within a word',
    undoes.includes('ByteLevel') && !makes.includes('ByteLevel') && 'a ByteLevel decoder of other tokens',
    undoes.includes('Metaspace') && !hasMarks && 'a Metaspace decoder of other tokens',
    added.some((token) => Object(token).single_word) && 'added tokens that are single words',
  ].find((one) => typeof one === 'string');
  if (lacking) refuseSetting(path, lacking);
  return {
    ...json,
    pre_tokenizer: overSteps(splitter, 'pretokenizers', (step) => readableSplit(path, step, isWhole)),
    decoder: overSteps(decoder, 'decoders', readableDecoder),
  };
}

/** The types of a step and of its nested steps. */
function typesIn(step: unknown): string[] {
  const own = Object(step) as Record<string, unknown>;
  const inner = [
    own.pre_tokenizer,
    own.pretokenizers,
    own.decoders,
    own.normalizers,
    own.normalizer,
    own.decoder,
  ].flat();
  return [...(typeof own.type === 'string' ? [own.type] : []), ...inner.filter(Boolean).flatMap(typesIn)];
}

/** Applies `map` to a step, or to each step of a sequence. */
function overSteps(step: unknown, list: string, map: (step: Step) => unknown): unknown {
  if (typeof Object(step).type !== 'string') return step;
  const own = step as Step;
  const inner = own[list];
  return Array.isArray(inner) ? { ...own, [list]: inner.map((one) => overSteps(one, list, map)) } : map(own);
}

/** A split rule as a regular expression. @param isWhole for a model that looks up whole words */
function readableSplit(path: string, step: Step, isWhole: boolean): unknown {
  switch (step.type) {
    case 'Metaspace': {
      // The library only inserts the marks; pairs and Unigram have no token across a mark.
      if (!isWhole || step.split === false) return step;
      const mark = escaped(String(step.replacement ?? '▁'));
      return { type: 'Sequence', pretokenizers: [step, split(`${mark}[^${mark}]*|[^${mark}]+`, 'Isolated')] };
    }
    case 'Digits':
      return split(step.individual_digits ? '\\p{N}' : '\\p{N}+', 'Isolated');
    case 'Whitespace':
      return split(`[^${WORD}\\s]+|[${WORD}]+`, 'Removed', true);
    case 'CharDelimiterSplit':
      return split(escaped(String(step.delimiter)), 'Removed');
    case 'Punctuation':
      return behaving(path, PUNCTUATION, String(step.behavior ?? 'Isolated'), false);
    case 'Split': {
      const { Regex, String: text } = Object(step.pattern);
      if (typeof (Regex ?? text) !== 'string') refuseSetting(path, 'Split without a pattern');
      const expression: string = Regex ?? escaped(text);
      return behaving(path, expression, String(step.behavior), step.invert === true);
    }
    default:
      return step;
  }
}

const split = (Regex: string, behavior: 'Isolated' | 'Removed', invert = false) => ({
  ...{ type: 'Split', pattern: { Regex }, behavior, invert },
});

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** The handling of an expression's matches; with invert, of the text between them. */
function behaving(path: string, expression: string, behavior: string, invert: boolean): unknown {
  if (behavior === 'Removed') return split(expression, 'Removed', invert);
  // Either way, matches and the text between them are separate pieces.
  if (behavior === 'Isolated') return split(expression, 'Isolated');
  if (behavior === 'Contiguous') return split(`(?:${expression})+`, 'Isolated');
  if (invert) return refuseSetting(path, `Split with invert and ${behavior}`);
  // Text without a following match is one piece at once. Otherwise each of its characters would start a new
  // search.
  if (behavior === 'MergedWithPrevious') return split(`[\\s\\S]*?(?:${expression})|[\\s\\S]+`, 'Isolated');
  if (behavior === 'MergedWithNext')
    return split(`(?:${expression})(?:(?!${expression})[\\s\\S])*`, 'Isolated');
  return refuseSetting(path, `the behavior ${behavior}`);
}

/** If no space is added before a text, none is removed. */
function readableDecoder(step: Step): unknown {
  if (step.type !== 'Metaspace' || step.prepend_scheme !== 'never') return step;
  return { type: 'Replace', pattern: { String: step.replacement ?? '▁' }, content: ' ' };
}

function refuseSetting(path: string, lacking: string): never {
  refuse('readTokenizer', {
    expected: `a tokenizer at ${path} that @huggingface/tokenizers reproduces exactly`,
    got: `a tokenizer with ${lacking}`,
    remedy: 'encode the texts in Python and pass their ids, or train subwords with trainSubwords',
    code: 'unsupported',
  });
}
