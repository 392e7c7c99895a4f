import type { Vocabulary } from '@unrolled/data';
import {
  type DrawOptions,
  generate,
  generateSamples,
  type RepetitionOptions,
  type SamplingOptions,
} from '@unrolled/training';
import type { CharacterModel } from '../model/model';
import { startIds, unwritableIds } from '../text/text-ids';

export interface WritingOptions extends DrawOptions, RepetitionOptions {
  readonly model: CharacterModel;
  readonly params: unknown[];
  readonly vocabulary: Vocabulary;
  /** What to continue; default as after a line's end. */
  readonly prime?: ArrayLike<number>;
  /** Tokens to write. */
  readonly length: number;
  /** Ends the text where it would write one of these. */
  readonly stopSequences?: readonly ArrayLike<number>[];
}

/** Writes text, piece by piece, without the prime. The unknown token is never written. */
export function* writeText(
  options: WritingOptions & { readonly seed: number },
): Generator<string, void, void> {
  const decoder = options.vocabulary.decoder();
  for (const id of generate({ ...samplingOptions(options), seed: options.seed })) yield decoder.write(id);
  yield decoder.end();
}

/**
 * Writes several texts side by side, without the prime. Each depends on its seed alone, and is what {@link writeText}
 * writes with it. Gives [number, piece] as they come.
 */
export function* writeTexts(
  options: WritingOptions & { readonly seeds: readonly number[] },
): Generator<readonly [text: number, piece: string], void, void> {
  const { seeds, vocabulary } = options;
  const decoders = seeds.map(() => vocabulary.decoder());
  for (const [text, id] of generateSamples({ ...samplingOptions(options), seeds })) {
    yield [text, decoders[text]!.write(id)];
  }
  for (const [text, decoder] of decoders.entries()) yield [text, decoder.end()];
}

function samplingOptions({
  vocabulary,
  prime = startIds(vocabulary),
  ...options
}: WritingOptions): SamplingOptions<unknown[], unknown[], 'ids'> {
  return { ...options, prime, exclude: unwritableIds(vocabulary) };
}
