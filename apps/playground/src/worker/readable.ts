/** A text in the characters of a checkpoint's model, which may have learned another text. */
import { disposeTree } from '@unrolled/cells';
import { paramsOf, type savedModel, writeText } from '@unrolled/language-model';

type Saved = ReturnType<typeof savedModel>;

export interface Readable {
  readonly text: string;
  /** The characters of the text that the model does not know, and that are left out. */
  readonly unknown: readonly string[];
  /** Whether too little of the text is left, so the model reads its own samples instead. */
  readonly isWritten: boolean;
}

/** Minimum number of characters of a text. */
const LEAST = 2_000;
const WRITTEN = 4_000;

export function readableText(text: string, saved: Saved): Readable {
  const { vocabulary } = saved;
  // Vocabularies of bytes and words have a token for every text.
  if (vocabulary.unit !== 'character' || vocabulary.unknownId !== undefined)
    return { text, unknown: [], isWritten: false };
  const symbols = vocabulary.split(text);
  const unknown = [...new Set(symbols)].filter((symbol) => !vocabulary.has(symbol));
  if (unknown.length === 0) return { text, unknown, isWritten: false };
  const left = symbols.filter((symbol) => vocabulary.has(symbol));
  const isEnough = left.length >= LEAST && new Set(left).size > 1;
  if (isEnough) return { text: left.join(''), unknown, isWritten: false };
  return { text: writtenBy(saved), unknown, isWritten: true };
}

function writtenBy(saved: Saved): string {
  const { model, vocabulary } = saved;
  const params = paramsOf(saved);
  const drawn = { length: WRITTEN, temperature: 1, seed: 1 };
  const text = [...writeText({ model, params, vocabulary, ...drawn })].join('');
  disposeTree(params);
  return text;
}
