import { formatSeconds } from '@unrolled/app-shared';
import { type Opinion, vaderLexicon } from '@unrolled/example-data';
import { accuracy, brierScore, f1Score, rocAuc } from '@unrolled/metrics';
import type { ValidationResult } from '@unrolled/runs';
import { lexiconSum } from './words';

/** The report on judgements of texts. */
export interface Measures {
  /** The share of texts that are judged right. */
  readonly accuracy: number;
  /** F1 of glad. */
  readonly f1: number;
  /** How probable it is that of a glad and an angry text the glad one is found gladder. */
  readonly rocAuc: number;
  /** The mean square of what the probability lacks of the truth. */
  readonly brier: number;
}

/** Compares how probable glad is, 0 … 1, with the labels. */
export function measure(opinions: readonly Opinion[], glad: ArrayLike<number>): Measures {
  const truth = opinions.map(({ isGlad }) => Number(isGlad));
  const predicted = Array.from(glad, (share) => Number(share > 0.5));
  return {
    accuracy: accuracy(truth, predicted),
    f1: f1Score(truth, predicted, { average: 'binary' }),
    rocAuc: rocAuc(truth, glad),
    brier: brierScore(truth, glad),
  };
}

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** A validation as a line. */
export function validationWords(result: ValidationResult, batchesPerEpoch: number): string {
  const { step, trainLoss, validationLoss, score, improved } = result;
  const { user, system } = process.cpuUsage();
  const at = `${formatSeconds((user + system) / 1e6)} of processor time, step ${step}, epoch ${(step / batchesPerEpoch).toFixed(2)}`;
  const losses = `loss ${trainLoss.toFixed(4)}, validation ${validationLoss.toFixed(4)}`;
  return `${at}: ${losses}, accuracy ${percent(score!)}${improved ? ', best so far' : ''}`;
}

/** Measures as lines with a head. */
export function table(rows: Readonly<Record<string, Measures>>): string {
  const line = ([name, ...cells]: readonly string[]) =>
    name!.padEnd(28) + cells.map((cell) => cell.padStart(12)).join('');
  const lines = Object.entries(rows).map(([name, { accuracy: right, f1, rocAuc: area, brier }]) =>
    line([name, percent(right), percent(f1), area.toFixed(4), brier.toFixed(4)]),
  );
  return [line(['', 'accuracy', 'F1', 'ROC AUC', 'Brier']), ...lines].join('\n');
}

/** The sum of VADER's lexicon over a text's words, a baseline without training. */
export async function byLexicon(opinions: readonly Opinion[], onFetch: (line: string) => void) {
  const lexicon = await vaderLexicon({ onFetch });
  return measure(
    opinions,
    opinions.map(({ text }) => 1 / (1 + Math.exp(-lexiconSum(lexicon, text)))),
  );
}
