import { inWords } from '@unrolled/errors';
import { refuse } from '../../refuse';
import { SubwordTokens } from './alphabet';
import { type Merge, MOST_TOKENS } from './merges';
import { buildSubwords, type SubwordVocabulary } from './subword-vocabulary';

const scope = 'vocabularyFromJSON';

/**
 * Maximum length of a token in UTF-16 units: pieces end after 64 characters, each of up to 4 bytes of up to 6
 * units.
 */
const LONGEST_NAME = 1560;

/** The content of an untrusted file, with checked tokens and special tokens. */
interface Read {
  readonly tokens: readonly string[];
  readonly base: unknown;
  readonly merges: unknown;
  readonly endOfSequence?: string | undefined;
  readonly unknown?: string | undefined;
}

/**
 * Restores a vocabulary of subwords from the result of `toJSON`. Its tokens must be those that its merges
 * create, in order.
 */
export function readSubwords({ tokens, base, merges, endOfSequence, unknown }: Read): SubwordVocabulary {
  if (base !== 'byte' && base !== 'character') refuseJson("a base of 'byte' or 'character'", inWords(base));
  if (!Array.isArray(merges)) refuseJson('an array of merges', inWords(merges));
  const specials = [endOfSequence, unknown].filter((name) => name !== undefined);
  const learned = tokens.slice(0, tokens.length - specials.length);
  const longer = learned.find((name) => name.length > LONGEST_NAME);
  if (longer !== undefined)
    refuseJson(`tokens of at most ${LONGEST_NAME} units`, `a token of ${longer.length} units`);
  const firstMerged = learned.findIndex((name) => Array.from(name).length !== 1);
  const characters = base === 'byte' ? [] : learned.slice(0, firstMerged < 0 ? undefined : firstMerged);
  const made = new SubwordTokens(base, characters);
  for (const [rank, merge] of merges.entries()) {
    const id = isMerge(merge, made.size) ? joined(made, merge, learned) : undefined;
    if (id === undefined || made.names[id] !== learned[id]) {
      refuseJson(`merge ${rank} to join two tokens before it into one of the tokens`, inWords(merge));
    }
  }
  const expected = [...made.names, ...specials];
  const isWhole = expected.length === tokens.length && expected.every((name, id) => name === tokens[id]);
  if (!isWhole || new Set(expected).size !== expected.length || tokens.length > MOST_TOKENS) {
    refuseJson(
      'the tokens that result from the base, the merges and the special tokens',
      `${tokens.length} other tokens`,
    );
  }
  return buildSubwords({ base, characters, merges: merges as Merge[], endOfSequence, unknown });
}

/** Joins two tokens, unless the name would exceed the maximum length. */
function joined(made: SubwordTokens, [left, right]: Merge, learned: readonly string[]): number | undefined {
  const length = made.names[left]!.length + made.names[right]!.length;
  return length <= LONGEST_NAME && made.size <= learned.length ? made.join(left, right) : undefined;
}

function isMerge(merge: unknown, size: number): merge is Merge {
  const isId = (id: unknown) => Number.isInteger(id) && (id as number) >= 0 && (id as number) < size;
  return Array.isArray(merge) && merge.length === 2 && merge.every(isId);
}

function refuseJson(expected: string, got: string): never {
  refuse(scope, { expected, got, remedy: 'pass the object that toJSON returned' });
}
