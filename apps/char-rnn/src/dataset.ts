import { createVocabulary, type Vocabulary } from '@unrolled/data';
import { refuse } from './refuse';

/** What of the settings decides how a text is cut up. */
export interface Cut {
  /** The share of the text, at its end, that is kept for validation. */
  readonly validation: number;
  readonly sequenceLength: number;
  readonly batchSize: number;
}

/** A text as ids, in the two parts of a run. */
export interface Dataset {
  /** The characters of the training part, and an unknown token where validation has others. */
  readonly vocabulary: Vocabulary;
  readonly train: Int32Array;
  /** One character of context, the last of the training part, and then the characters to predict. */
  readonly validation: Int32Array;
  /** Rows of a training batch: as asked, or as many as the text has room for. */
  readonly batchSize: number;
  /** How validation is cut up, so that its batches use it up exactly. */
  readonly validationShape: { readonly batchSize: number; readonly sequenceLength: number };
  /** Different characters in the validation part that the training part lacks. */
  readonly unknownCharacters: number;
}

/**
 * Cuts a text into a training part and, at its end, a validation part, and makes ids of both.
 *
 * The vocabulary is the training part's. Only when the validation part has other characters there is an unknown token
 * for them. A batch has fewer rows than asked for where the text has no room for more.
 *
 * @throws UnrolledError when the training part has no room for one window, or one distinct character
 */
export function prepareDataset(text: string, cut: Cut): Dataset {
  const { sequenceLength, validation: share, batchSize } = cut;
  const characters = countCodePoints(text);
  const validationCharacters = validationSize(characters, share);
  const trainCharacters = characters - validationCharacters;
  if (characters === 0)
    refuse('train', { expected: 'a text', got: 'an empty one', remedy: 'give a file with text' });
  if (trainCharacters < sequenceLength + 1) refuseShort(characters, cut);
  const boundary = indexOfCodePoint(text, trainCharacters);
  const trainText = text.slice(0, boundary);
  const validationText = text.slice(boundary);
  const known = new Set(trainText);
  if (known.size < 2) refuseOneCharacter(text, known);
  const unknownCharacters = [...new Set(validationText)].filter((character) => !known.has(character)).length;
  const vocabulary = createVocabulary(trainText, { unknown: unknownCharacters > 0, order: 'code-point' });
  const train = vocabulary.encode(trainText);
  const validationIds = vocabulary.encode(validationText);

  const shape = validationShape(validationCharacters, cut);
  const validation = new Int32Array(shape.used + 1);
  validation[0] = train[train.length - 1]!;
  validation.set(validationIds.subarray(0, shape.used), 1);
  return {
    vocabulary,
    train,
    validation,
    batchSize: Math.min(batchSize, Math.floor((trainCharacters - 1) / sequenceLength)),
    validationShape: shape,
    unknownCharacters,
  };
}

/** Characters at the end that are kept for validation: at least one. */
function validationSize(characters: number, share: number): number {
  return Math.max(1, Math.round(characters * share));
}

/**
 * Rows and steps of validation batches, as near to the training's as leaves next to nothing over. A row has at least one
 * window, because it starts without knowing what came before it.
 */
function validationShape(characters: number, { batchSize: most, sequenceLength: longest }: Cut) {
  const batchSize = Math.max(1, Math.min(most, Math.floor(characters / longest)));
  const rowLength = Math.floor(characters / batchSize);
  const batches = Math.ceil(rowLength / longest);
  const sequenceLength = Math.floor(rowLength / batches);
  return { batchSize, sequenceLength, used: batchSize * batches * sequenceLength };
}

function refuseShort(characters: number, { sequenceLength, validation }: Cut): never {
  let needed = Math.floor(sequenceLength / (1 - validation));
  while (needed - validationSize(needed, validation) < sequenceLength + 1) needed += 1;
  refuse('train', {
    expected: `a text of at least ${needed} characters (one window of --sequence-length ${sequenceLength} and the character after it, beside --validation ${validation} of the text)`,
    got: `${characters}`,
    remedy: 'give more text or a smaller --sequence-length',
  });
}

function refuseOneCharacter(text: string, known: ReadonlySet<string>): never {
  const [only] = known;
  refuse('train', {
    expected: 'at least two distinct characters in the training part',
    got: `${JSON.stringify(only)} alone`,
    remedy: new Set(text).size < 2 ? 'with one character there is nothing to learn' : 'give more text',
  });
}

/** Characters are code points: one outside the basic plane is two UTF-16 units. */
function countCodePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if (startsPair(text, index)) {
      count -= 1;
      index += 1;
    }
  }
  return count;
}

/** Where in a string its `number`-th code point begins. */
function indexOfCodePoint(text: string, number: number): number {
  let index = 0;
  for (let passed = 0; passed < number; passed++) index += startsPair(text, index) ? 2 : 1;
  return index;
}

function startsPair(text: string, index: number): boolean {
  return text.codePointAt(index)! > 0xffff;
}
