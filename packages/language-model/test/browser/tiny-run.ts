/**
 * A tiny run, to compare engines by: WebAssembly's plain binary and the JavaScript around it give the same
 * bits everywhere.
 */
import { disposeTree } from '@unrolled/cells';
import { createCorpus } from '@unrolled/data';
import { unregisterUnrolledBackend, useUnrolledBackend } from '@unrolled/kernels';
import {
  completeSettings,
  contextOf,
  paramsOf,
  prepareDataset,
  savedModel,
  scoreText,
  textToScore,
  trainLanguageModel,
  writeText,
} from '@unrolled/language-model';
import { memoryStore } from '@unrolled/runs';
import { decodeCheckpoint, encodeCheckpoint } from '@unrolled/training';
import { wordsText } from '../support/texts';

export interface TinyRun {
  /** SHA-256 of the best checkpoint's bytes, but for the names of machine and engine in it. */
  readonly checkpoint: string;
  readonly validationLoss: number;
  /** Written by the best checkpoint. */
  readonly text: string;
  readonly logProbability: number;
}

/**
 * Trains a model, reads it back from its checkpoint's bytes, writes and scores text, on a backend of its own.
 */
export async function tinyRun(threads: number): Promise<TinyRun> {
  unregisterUnrolledBackend(); // one of its own
  await useUnrolledBackend({ threads, binary: 'plain' });
  const corpus = createCorpus(wordsText(300));
  const settings = completeSettings(
    { layers: 2, units: 24, dropout: 0.1, steps: 30, validateEvery: 10, averaging: 0.9, sampleEvery: 0 },
    corpus,
  );
  const store = memoryStore();
  const { best } = await trainLanguageModel({ dataset: prepareDataset(corpus, settings), settings, store });
  const { snapshot, ...options } = decodeCheckpoint(store.bytes('best')!);
  const saved = savedModel('tinyRun', 'memory', { snapshot, ...options });
  const { vocabulary } = saved;
  const params = paramsOf(saved);
  const trained = { ...saved, params };
  const text = [
    ...writeText({ model: saved.model, params, vocabulary, length: 80, temperature: 0.8, seed: 3 }),
  ].join('');
  const warn = () => {};
  const scored = textToScore('tinyRun', 'the whale swam. ', { vocabulary, warn });
  const context = contextOf('tinyRun', undefined, vocabulary, warn);
  const score = await scoreText(trained, context, scored, { signal: new AbortController().signal });
  disposeTree(params);
  unregisterUnrolledBackend();
  const bytes = encodeCheckpoint({ ...snapshot, environment: {} }, options);
  return {
    checkpoint: await digestOf(bytes),
    validationLoss: best!.loss,
    text,
    logProbability: score!.logProbability,
  };
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes.slice()));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
