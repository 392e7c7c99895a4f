import { formatSeconds } from '@unrolled/app-shared';
import * as metrics from '@unrolled/metrics';
import type { ValidationResult } from '@unrolled/runs';
import type { Unit } from './alphabet';

/** Errors per label and per word; null for a unit that does not apply. */
export interface Measures {
  readonly characterErrorRate: number | null;
  readonly wordErrorRate: number | null;
  readonly phonemeErrorRate: number | null;
}

/** Compares the recognised text with the transcript. */
export function measure(unit: Unit, references: readonly string[], hypotheses: readonly string[]): Measures {
  const corpus = { hypotheses, references };
  if (unit === 'phoneme') {
    const { errorRate } = metrics.phonemeErrorRate(corpus);
    return { characterErrorRate: null, wordErrorRate: null, phonemeErrorRate: errorRate };
  }
  return {
    characterErrorRate: metrics.characterErrorRate(corpus).errorRate,
    wordErrorRate: metrics.wordErrorRate(corpus).errorRate,
    phonemeErrorRate: null,
  };
}

/** The measure of a run's best network. */
export const errorOf = (measures: Measures) => measures.characterErrorRate ?? measures.phonemeErrorRate!;

/** The most frequent text: the best guess without listening. */
export function mostFrequent(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

export const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(2)} %`);

/** One line on a validation. */
export function validationWords(result: ValidationResult, batchesPerEpoch: number): string {
  const { step, trainLoss, validationLoss, score, improved } = result;
  const at = `${formatSeconds(process.uptime())}, step ${step}, epoch ${(step / batchesPerEpoch).toFixed(1)}`;
  const losses = `loss ${trainLoss.toFixed(3)}, validation ${validationLoss.toFixed(3)}`;
  return `${at}: ${losses}, errors ${percent(score!)}${improved ? ', best so far' : ''}`;
}

/** A table of measures, with a header line. */
export function table(rows: Readonly<Record<string, Measures>>): string {
  const line = ([name, ...cells]: readonly string[]) =>
    name!.padEnd(26) + cells.map((cell) => cell.padStart(12)).join('');
  const lines = Object.entries(rows).map(([name, { characterErrorRate, wordErrorRate, phonemeErrorRate }]) =>
    line([name, ...[characterErrorRate, wordErrorRate, phonemeErrorRate].map(percent)]),
  );
  return [line(['errors per', 'character', 'word', 'phoneme']), ...lines].join('\n');
}
