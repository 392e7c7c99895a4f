import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkKind, checkOptions, refuse } from '../../refuse';
import { describeToken } from '../build-vocabulary';
import { compareCodePoints } from '../code-points';
import { type SubwordBase, SubwordTokens } from './alphabet';
import type { Merge } from './merges';
import { MOST_TOKENS } from './merges';
import { PairCounts } from './pair-counts';
import { splitPieces } from './pieces';
import { buildSubwords, type SubwordVocabulary } from './subword-vocabulary';

export interface TrainSubwordsOptions {
  /**
   * Total number of tokens: those of the base, of merges, and special ones. There are fewer if no pair is
   * frequent enough.
   */
  readonly size: number;
  /** The initial tokens of merges; default 'byte', which covers every text. */
  readonly base?: SubwordBase;
  /** Minimum frequency of a merged pair in the texts; default 2. */
  readonly minimumCount?: number;
  /** Adds a token that ends a sequence; `true` names it `<EOS>`. */
  readonly endOfSequence?: boolean | string;
  /**
   * Adds a token for characters that the texts lack, only with the base 'character'; `true` names it `<UNK>`.
   */
  readonly unknown?: boolean | string;
}

const scope = 'trainSubwords';

const KINDS: OptionKinds<TrainSubwordsOptions> = {
  size: 'positive integer',
  base: "'byte' or 'character'?",
  minimumCount: 'positive integer?',
  endOfSequence: 'string or boolean?',
  unknown: 'string or boolean?',
};

/**
 * Learns subwords by byte-pair encoding (Sennrich, Haddow and Birch, 2016): the most frequent pair of
 * neighbouring tokens becomes one token, repeatedly. Pairs are within a piece: a run of letters and digits,
 * or another character, each with the space before it, so joined tokens are the text. Of equally frequent
 * pairs, the one with the lowest ids is merged, as in PyPI's `tokenizers`: the same texts give the same ids,
 * in any order.
 *
 * @param texts one text, or texts that are counted one by one and never all in memory
 * @throws UnrolledError for no text, a size that is too small for the base and the special tokens, or a
 *   special token that is one of the base
 */
export function trainSubwords(
  texts: string | Iterable<string>,
  options: TrainSubwordsOptions,
): SubwordVocabulary {
  checkOptions(scope, options, KINDS);
  const { size, base = 'byte', minimumCount = 2 } = options;
  const pieces = countPieces(texts);
  const specials = specialsOf(options, base);
  const specialNames = Object.values(specials).filter((name) => name !== undefined);
  const characters = base === 'byte' ? [] : charactersOf(pieces.keys());
  const tokens = new SubwordTokens(base, characters);
  const room = size - specialNames.length;
  if (room < tokens.size || size > MOST_TOKENS) {
    const least = tokens.size + specialNames.length;
    refuse(scope, {
      expected: `a size of ${least} … ${MOST_TOKENS}: ${tokens.size} tokens of the base and ${specialNames.length} special tokens are included`,
      got: String(size),
      remedy:
        base === 'byte'
          ? 'increase the size'
          : "increase the size, or use the base 'byte', which has 256 tokens",
    });
  }
  const merges = learnMerges(pieces, tokens, { base, room, minimumCount });
  for (const name of specialNames) {
    if (tokens.id(name) === undefined) continue;
    refuse(scope, {
      expected: 'special tokens that do not occur in the texts',
      got: describeToken(name),
      remedy: 'choose another name for the special token',
    });
  }
  return buildSubwords({ base, characters, merges, ...specials });
}

interface Learning {
  readonly base: SubwordBase;
  readonly room: number;
  readonly minimumCount: number;
}

/** The merges in the order of learning. Their products are added to `tokens`. */
function learnMerges(
  pieces: ReadonlyMap<string, number>,
  tokens: SubwordTokens,
  { base, room, minimumCount }: Learning,
): Merge[] {
  const utf8 = new TextEncoder();
  const words = Array.from(pieces.keys(), (piece) =>
    base === 'byte'
      ? Array.from(utf8.encode(piece))
      : Array.from(piece, (character) => tokens.id(character)!),
  );
  const pairs = new PairCounts(words, [...pieces.values()]);
  const merges: Merge[] = [];
  while (tokens.size < room) {
    const pair = pairs.takeCommonest(minimumCount);
    if (pair === undefined) break;
    const product = tokens.join(pair.left, pair.right);
    if (product === undefined) continue;
    merges.push([pair.left, pair.right]);
    pairs.merge(pair, product);
  }
  return merges;
}

/** The frequency of each piece in the texts. */
function countPieces(texts: string | Iterable<string>): Map<string, number> {
  const isIterable = typeof Object(texts)[Symbol.iterator] === 'function';
  if (!isIterable) checkKind(scope, 'texts', texts, 'string or array');
  const counts = new Map<string, number>();
  for (const text of typeof texts === 'string' ? [texts] : texts) {
    checkKind(scope, 'each text', text, 'string');
    for (const piece of splitPieces(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  if (counts.size > 0) return counts;
  return refuse(scope, {
    expected: 'a text',
    got: inWords(texts),
    remedy: 'pass texts of at least one character',
  });
}

function charactersOf(pieces: Iterable<string>): string[] {
  const characters = new Set<string>();
  for (const piece of pieces) for (const character of piece) characters.add(character);
  return [...characters].sort(compareCodePoints);
}

function specialsOf({ endOfSequence, unknown }: TrainSubwordsOptions, base: SubwordBase) {
  const end = endOfSequence === true ? '<EOS>' : endOfSequence || undefined;
  const other = unknown === true ? '<UNK>' : unknown || undefined;
  if (other !== undefined && base === 'byte') {
    refuse(scope, {
      expected: "no unknown token with the base 'byte'",
      got: describeToken(other),
      remedy: 'omit the option: every text can be encoded as bytes',
    });
  }
  if (end !== undefined && end === other) {
    refuse(scope, {
      expected: 'different names for the two special tokens',
      got: `${describeToken(end)} for both`,
      remedy: 'rename one of them',
    });
  }
  return { endOfSequence: end, unknown: other };
}
