import type { Vocabulary } from '@unrolled/data';
import { generate } from '@unrolled/training';
import type { CharacterModel } from './model';
import { refuse } from './refuse';

export interface SamplingOptions {
  readonly model: CharacterModel;
  readonly params: unknown[];
  readonly vocabulary: Vocabulary;
  /** What to continue; an empty one starts as after a line's end. */
  readonly prime?: string;
  /** Characters to write. */
  readonly length: number;
  /** 0 always takes the likeliest character. */
  readonly temperature: number;
  readonly seed: number;
}

/**
 * Writes text, one character at a time, without the prime. The unknown token is never written.
 *
 * @throws UnrolledError at once when the prime has a character that the vocabulary lacks
 */
export function writeText(options: SamplingOptions): Generator<string, void, void> {
  const { vocabulary, prime = '', model } = options;
  checkPrime(prime, vocabulary);
  const ids = generate({
    ...options,
    cell: model,
    exclude: vocabulary.unknownId === undefined ? [] : [vocabulary.unknownId],
    prime: prime === '' ? [startId(vocabulary)] : vocabulary.encode(prime),
  });
  return characters(ids, vocabulary);
}

function* characters(
  ids: Generator<number, void, void>,
  vocabulary: Vocabulary,
): Generator<string, void, void> {
  for (const id of ids) yield vocabulary.decode([id]);
}

function checkPrime(prime: string, vocabulary: Vocabulary): void {
  const missing = [...new Set(prime)].filter((character) => !vocabulary.has(character));
  if (missing.length === 0) return;
  refuse('--prime', {
    expected: `characters that the model has seen (${vocabulary.size} of them)`,
    got: missing.map((character) => JSON.stringify(character)).join(', '),
    remedy: 'leave them out, or train on a text that has them',
  });
}

/** What the model has read before its first character: the end of a line, or the first of its characters. */
function startId(vocabulary: Vocabulary): number {
  return vocabulary.has('\n') ? vocabulary.encode('\n')[0]! : 0;
}
