import { formatSeconds } from '@unrolled/app-shared';
import { type Opinion, vaderLexicon } from '@unrolled/example-data';
import { accuracy, brierScore, f1Score, rocAuc } from '@unrolled/metrics';
import type { ValidationResult } from '@unrolled/runs';
import { lexiconSum } from './words';

/** Scores of predicted probabilities. */
export interface Measures {
  /** The share of texts with the correct label. */
  readonly accuracy: number;
  /** F1 of the label `positive`. */
  readonly f1: number;
  /** The probability that a positive text gets a higher score than a negative one. */
  readonly rocAuc: number;
  /** The mean squared difference between the probability and the label. */
  readonly brier: number;
}

/** Compares the probabilities of `positive`, 0 to 1, with the labels. */
export function measure(opinions: readonly Opinion[], positive: ArrayLike<number>): Measures {
  const truth = opinions.map(({ isPositive }) => Number(isPositive));
  const predicted = Array.from(positive, (share) => Number(share > 0.5));
  return {
    accuracy: accuracy(truth, predicted),
    f1: f1Score(truth, predicted, { average: 'binary' }),
    rocAuc: rocAuc(truth, positive),
    brier: brierScore(truth, positive),
  };
}

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** One line for a validation. */
export function validationWords(result: ValidationResult, batchesPerEpoch: number): string {
  const { step, trainLoss, validationLoss, score, improved } = result;
  const { user, system } = process.cpuUsage();
  const at = `${formatSeconds((user + system) / 1e6)} of processor time, step ${step}, epoch ${(step / batchesPerEpoch).toFixed(2)}`;
  const losses = `loss ${trainLoss.toFixed(4)}, validation ${validationLoss.toFixed(4)}`;
  return `${at}: ${losses}, accuracy ${percent(score!)}${improved ? ', best so far' : ''}`;
}

/** A table of measures, with a header line. */
export function table(rows: Readonly<Record<string, Measures>>): string {
  const line = ([name, ...cells]: readonly string[]) =>
    name!.padEnd(28) + cells.map((cell) => cell.padStart(12)).join('');
  const lines = Object.entries(rows).map(([name, { accuracy: right, f1, rocAuc: area, brier }]) =>
    line([name, percent(right), percent(f1), area.toFixed(4), brier.toFixed(4)]),
  );
  return [line(['', 'accuracy', 'F1', 'ROC AUC', 'Brier']), ...lines].join('\n');
}

/** A baseline without training: the sum of VADER's lexicon over a text's words. */
export async function byLexicon(opinions: readonly Opinion[], onFetch: (line: string) => void) {
  const lexicon = await vaderLexicon({ onFetch });
  return measure(
    opinions,
    opinions.map(({ text }) => 1 / (1 + Math.exp(-lexiconSum(lexicon, text)))),
  );
}
