/**
 * The text of a run: its dataset and settings, which a checkpoint that was opened decides where there is one.
 */
import { createCorpus } from '@unrolled/data';
import {
  type Dataset,
  fingerprintOf,
  fitBigram,
  paramsOf,
  prepareDataset,
  savedModel,
  type TrainingSettings,
} from '@unrolled/language-model';
import { loadRun, memoryStore, type SavedRun } from '@unrolled/runs';
import { type Checkpoint, decodeCheckpoint } from '@unrolled/training';
import { type Choice, intervalOf, settingsOf } from '../choice';
import { ownText } from '../texts/texts';

export interface Prepared {
  /** The text that is learned. */
  readonly text: string;
  readonly dataset: Dataset;
  readonly settings: TrainingSettings;
  /** Initial weights from a checkpoint whose run cannot continue with this text. */
  readonly params: (() => unknown[]) | undefined;
  /** The run to resume, to the last bit. */
  readonly resume: SavedRun | undefined;
  readonly bigram: number;
  /** Steps from one checkpoint to the next at the run's start. */
  readonly interval: number;
}

/**
 * Splits a text, and reads the checkpoint that the run starts from.
 *
 * @throws UnrolledError when the text is too short, or the checkpoint is none of a language model or lacks a
 *   character of the text
 */
export async function prepare(
  choice: Choice,
  given: string,
  checkpoint: Uint8Array | undefined,
): Promise<Prepared> {
  const text = choice.text === 'own' ? ownText(given) : given;
  const corpus = createCorpus(text);
  const open = checkpoint && decodeCheckpoint(checkpoint);
  const saved = open && savedModel('checkpoint', 'the file', open);
  const own = settingsOf(choice, saved?.vocabulary.size ?? corpus.symbols.length);
  const settings = saved ? { ...own, ...saved.settings, steps: own.steps } : own;
  const dataset = prepareDataset(corpus, { ...settings, vocabulary: saved?.vocabulary });
  const bigram = fitBigram(dataset.train, dataset.vocabulary.size).loss(dataset.validation.tokens);
  const isSameText = saved && JSON.stringify(await fingerprintOf(dataset)) === JSON.stringify(saved.text);
  const resume = isSameText ? await runIn(open!) : undefined;
  const params = saved && !resume ? () => paramsOf(saved) : undefined;
  return {
    ...{ text, dataset, params, resume, bigram },
    settings: withoutOtherLimits(settings),
    interval: intervalOf(settings),
  };
}

/** A run that char-rnn ended after its epochs continues here until it is paused. */
function withoutOtherLimits({
  epochs: _,
  seconds: __,
  patience: ___,
  ...settings
}: TrainingSettings): TrainingSettings {
  return settings;
}

/** The run in a checkpoint; undefined for a model without one. */
async function runIn(checkpoint: Checkpoint): Promise<SavedRun | undefined> {
  const store = memoryStore();
  await store.save('last', checkpoint);
  return loadRun(store).catch(() => undefined);
}
