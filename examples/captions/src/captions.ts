import { deriveSeed, random } from '@unrolled/cells';
import { pairBatches, type TeacherForcingBatch } from '@unrolled/data';
import { type Refuse, refuser } from '@unrolled/errors';
import * as from from '@unrolled/example-data';
import { PIXELS } from './network';

/** Refuses what the user gave, in one line. */
export const refuse: Refuse = refuser('captions');

/** Emoji as two artists drew them, to learn from, and as a third one did, to be named. */
export interface Task {
  readonly emoji: readonly from.Emoji[];
  readonly known: readonly (readonly from.Picture[])[];
  readonly unseen: readonly from.Picture[];
}

/**
 * Draws the emoji of the three artists; what is not in the cache is fetched.
 *
 * @throws UnrolledError in one line: without a network or the client that fetches, or for a damaged drawing
 */
export async function readTask(unseen: from.Artist, onFetch: (line: string) => void): Promise<Task> {
  const { emoji, of } = await from.emojiPictures(PIXELS, { onFetch });
  const known = from.ARTISTS.filter((artist) => artist !== unseen).map((artist) => of[artist]);
  return { emoji, known, unseen: of[unseen] };
}

/** How names become ids: subwords of all languages together, then a mark for their end and one for each language. */
export interface Names {
  readonly side: from.Side;
  readonly languages: readonly from.Language[];
}

export const endOf = ({ side }: Names) => side.vocabulary.size;
export const markOf = ({ side, languages }: Names, language: from.Language) =>
  side.vocabulary.size + 1 + languages.indexOf(language);
export const tokensOf = ({ side, languages }: Names) => side.vocabulary.size + 1 + languages.length;

/** Learns the subwords of all names. */
export function learnNames(emoji: readonly from.Emoji[], languages: readonly from.Language[]): Names {
  const names = emoji.flatMap((one) => languages.map((language) => one.names[language]));
  return { side: from.learnSide('subword', names), languages };
}

/** `en,ko` as languages. */
export function languagesOf(given: string, known: readonly from.Language[] = from.LANGUAGES) {
  const asked = given.split(',').map((one) => one.trim());
  const wrong = asked.find((one) => !(known as readonly string[]).includes(one));
  const remedy = 'name some of these, with commas between them';
  if (wrong !== undefined)
    refuse('--languages', { expected: `languages of ${known.join(', ')}`, got: wrong || 'none', remedy });
  return [...new Set(asked)] as from.Language[];
}

/** Pictures and their names: what the decoder reads begins with the language's mark. */
export interface CaptionBatch {
  readonly pictures: readonly from.Picture[];
  readonly names: TeacherForcingBatch;
}

/**
 * The batches of an epoch, in which each drawing of the two artists stands once for each language. Names of about one
 * length stand together; drawings are redrawn by chance each time.
 *
 * @param maxTokens of a batch: its rows × (2 + the tokens of its longest name)
 */
export function captionBatches({ emoji, known }: Task, names: Names, maxTokens: number, seed: number) {
  const drawings = known.flatMap((pictures) => emoji.map((one, at) => ({ picture: pictures[at]!, one })));
  const ids = new Map(
    names.languages.map((language) => [language, emoji.map((one) => names.side.encode(one.names[language]))]),
  );
  // As pairs: the source is a drawing and a language's mark.
  const pairs = names.languages.flatMap((language) =>
    drawings.map((_, at) => ({
      source: Int32Array.of(at, markOf(names, language)),
      target: ids.get(language)![at % emoji.length]!,
    })),
  );
  const marks = { startId: tokensOf(names), endId: endOf(names) };
  const batches = pairBatches(pairs, { maxTokens, seed, ...marks });
  return Object.assign(ofEpoch, { batchesPerEpoch: batches.batchesPerEpoch });

  function* ofEpoch(epoch: number): Generator<CaptionBatch, void, void> {
    const draw = random(deriveSeed(seed, epoch));
    for (const { source, target } of batches(epoch)) {
      const rows = Array.from(target.lengths.keys());
      for (const row of rows) target.inputs[row * target.steps] = source.values[2 * row + 1]!;
      const pictures = rows.map((row) => from.redrawn(drawings[source.values[2 * row]!]!.picture, draw));
      yield { pictures, names: target };
    }
  }
}
