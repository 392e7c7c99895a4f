/** The data of a run: its dataset and settings, which an opened checkpoint determines if there is one. */
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
import { type Readable, readableText } from './readable';

type Saved = ReturnType<typeof savedModel>;

export interface Prepared extends Pick<Readable, 'unknown' | 'isWritten'> {
  /** The training text. */
  readonly text: string;
  readonly dataset: Dataset;
  readonly settings: TrainingSettings;
  /** Initial weights from a checkpoint whose run cannot continue with this text. */
  readonly params: (() => unknown[]) | undefined;
  /** The run to resume exactly. */
  readonly resume: SavedRun | undefined;
  readonly bigram: number;
  /** Number of steps between checkpoints at the start of the run. */
  readonly interval: number;
}

/**
 * Splits a text, and reads the checkpoint from which the run starts.
 *
 * @throws UnrolledError if the text is too short, or the checkpoint does not contain a language model
 */
export async function prepare(
  choice: Choice,
  given: string,
  checkpoint: Uint8Array | undefined,
): Promise<Prepared> {
  const open = checkpoint && decodeCheckpoint(checkpoint);
  const saved = open && savedModel('checkpoint', 'the file', open);
  const found = saved ? await cutFor(saved, choice, given) : cutFresh(choice, learnedText(choice, given));
  const { dataset, settings, text, isSame } = found;
  const resume = isSame ? await runIn(open!) : undefined;
  const params = saved && !resume ? () => paramsOf(saved) : undefined;
  const bigram = fitBigram(dataset.train, dataset.vocabulary.size).loss(dataset.validation.tokens);
  return {
    ...{ text, dataset, params, resume, bigram },
    settings: withoutOtherLimits(settings),
    interval: intervalOf(settings),
    unknown: found.unknown,
    isWritten: found.isWritten,
  };
}

interface Found extends Readable {
  readonly dataset: Dataset;
  readonly settings: TrainingSettings;
  /** Whether the text is the one that a checkpoint's run has learned. */
  readonly isSame: boolean;
}

const learnedText = ({ text }: Choice, given: string) => (text === 'own' ? ownText(given) : given);

function cutFresh(choice: Choice, text: string): Found {
  const corpus = createCorpus(text);
  const settings = settingsOf(choice, corpus.symbols.length);
  const dataset = prepareDataset(corpus, settings);
  return { dataset, settings, text, isSame: false, unknown: [], isWritten: false };
}

/**
 * A short text is that of the checkpoint's run if it equals it unchanged, or when repeated as the page does.
 */
async function cutFor(saved: Saved, choice: Choice, given: string): Promise<Found> {
  const { vocabulary } = saved;
  const own = settingsOf(choice, vocabulary.size);
  const settings = { ...own, ...saved.settings, steps: own.steps };
  const expected = JSON.stringify(saved.text);
  const cut = (readable: Readable): Omit<Found, 'isSame'> => {
    const corpus = createCorpus(readable.text, { unit: settings.unit });
    return { ...readable, settings, dataset: prepareDataset(corpus, { ...settings, vocabulary }) };
  };
  for (const text of new Set([given, learnedText(choice, given)])) {
    if (readableText(text, saved).unknown.length > 0) continue;
    const found = attempt(() => cut({ text, unknown: [], isWritten: false }));
    if (found && JSON.stringify(await fingerprintOf(found.dataset)) === expected)
      return { ...found, isSame: true };
  }
  return { ...cut(readableText(learnedText(choice, given), saved)), isSame: false };
}

/** Undefined for a text that is too short without repetition. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** A run that char-rnn completed after its epochs continues here until it is paused. */
function withoutOtherLimits({
  epochs: _,
  seconds: __,
  patience: ___,
  ...settings
}: TrainingSettings): TrainingSettings {
  return settings;
}

/** The run in a checkpoint; undefined for a checkpoint with only a model. */
async function runIn(checkpoint: Checkpoint): Promise<SavedRun | undefined> {
  const store = memoryStore();
  await store.save('last', checkpoint);
  return loadRun(store).catch(() => undefined);
}
