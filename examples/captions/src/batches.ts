import { deriveSeed, random } from '@unrolled/cells';
import { pairBatches, type TeacherForcingBatch } from '@unrolled/data';
import * as from from '@unrolled/example-data';

/** Batches of images and names. The decoder's input starts with the token of the language. */
export interface CaptionBatch {
  readonly pictures: readonly from.Picture[];
  /** [B, 1]: which emoji each picture shows, by its place in the list. */
  readonly kinds: Int32Array;
  readonly names: TeacherForcingBatch;
}

/**
 * The batches of an epoch, which contains each drawing of the two artists once for each language. The names
 * of a batch have similar lengths. Drawings are augmented at random each time.
 *
 * @param maxTokens maximum size of a batch: its rows × (2 + the tokens of its longest name)
 */
export function captionBatches(
  { emoji, known }: from.Captioning,
  names: from.Names,
  maxTokens: number,
  seed: number,
) {
  const drawings = known.flatMap((pictures) => emoji.map((one, at) => ({ picture: pictures[at]!, one })));
  const ids = new Map(
    names.languages.map((language) => [language, emoji.map((one) => names.side.encode(one.names[language]))]),
  );
  // Pairs for `pairBatches`: the source is a drawing and a language's token.
  const pairs = names.languages.flatMap((language) =>
    drawings.map((_, at) => ({
      source: Int32Array.of(at, from.markOf(names, language)),
      target: ids.get(language)![at % emoji.length]!,
    })),
  );
  const marks = { startId: from.tokensOf(names), endId: from.endOf(names) };
  const batches = pairBatches(pairs, { maxTokens, seed, ...marks });
  /** A drawing; every other time mixed by up to a half with the other artist's drawing. */
  const mixed = (at: number, draw: from.Draw) => {
    const share = Math.max(0, draw.uniform() - 0.5);
    const other = drawings[(at + emoji.length) % drawings.length]!.picture;
    return drawings[at]!.picture.map((value, place) => value + share * (other[place]! - value));
  };
  return Object.assign(ofEpoch, { batchesPerEpoch: batches.batchesPerEpoch });

  function* ofEpoch(epoch: number): Generator<CaptionBatch, void, void> {
    const draw = random(deriveSeed(seed, epoch));
    for (const { source, target } of batches(epoch)) {
      const rows = Array.from(target.lengths.keys());
      for (const row of rows) target.inputs[row * target.steps] = source.values[2 * row + 1]!;
      const pictures = rows.map((row) => from.redrawn(mixed(source.values[2 * row]!, draw), draw));
      const kinds = Int32Array.from(rows, (row) => source.values[2 * row]! % emoji.length);
      yield { pictures, kinds, names: target };
    }
  }
}
