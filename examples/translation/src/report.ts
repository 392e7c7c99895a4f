import { formatSeconds } from '@unrolled/app-shared';
import type { Sourced } from '@unrolled/example-data';
import * as metrics from '@unrolled/metrics';
import type { ValidationResult } from '@unrolled/runs';
import type { Task } from './read-task';

/** The printed report. */
export interface Measures {
  /** For pronunciations the share of words that match none of theirs; otherwise edits per word. */
  readonly wordErrorRate: number;
  /** Edits per phoneme; for other targets per character. */
  readonly phonemeErrorRate: number;
  readonly bleu: number;
  readonly chrf: number;
  /** sacreBLEU's signatures of BLEU and chrF. */
  readonly signatures: readonly string[];
}

/** Compares translations with the correct ones. An example may have several correct translations. */
export function measure(task: Task, examples: readonly Sourced[], hypotheses: readonly string[]): Measures {
  const corpus = { hypotheses, references: examples.map(({ targets }) => targets) };
  const isSound = task.units.target === 'symbol';
  const [bleu, chrf] = [metrics.corpusBleu(corpus), metrics.corpusChrf(corpus)];
  return {
    wordErrorRate: isSound ? 1 - metrics.exactMatch(corpus) : metrics.wordErrorRate(corpus).errorRate,
    phonemeErrorRate: (isSound ? metrics.phonemeErrorRate : metrics.characterErrorRate)(corpus).errorRate,
    bleu: bleu.score,
    chrf: chrf.score,
    signatures: [`BLEU ${bleu.signature}`, `chrF ${chrf.signature}`],
  };
}

/** The measure of a run's best network: the share of wrong words, or for texts 1 − chrF. */
export function errorOf(task: Task, examples: readonly Sourced[], hypotheses: readonly string[]): number {
  const { wordErrorRate, chrf } = measure(task, examples, hypotheses);
  return task.units.target === 'symbol' ? wordErrorRate : 1 - chrf / 100;
}

/** The report as JSON. */
export const resultOf = ({ signatures: _, ...numbers }: Measures, steps: number) => ({ ...numbers, steps });

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** One line on a validation. */
export function validationWords(result: ValidationResult, batchesPerEpoch: number): string {
  const { step, trainLoss, validationLoss, score, improved } = result;
  const at = `${formatSeconds(process.uptime())}, step ${step}, epoch ${(step / batchesPerEpoch).toFixed(2)}`;
  const losses = `loss ${trainLoss.toFixed(4)}, validation ${validationLoss.toFixed(4)}`;
  return `${at}: ${losses}, errors ${percent(score!)}${improved ? ', best so far' : ''}`;
}

/** A table of measures, with a header line, and the signatures. */
export function table(rows: Readonly<Record<string, Measures>>): string {
  const line = ([name, ...cells]: readonly string[]) =>
    name!.padEnd(22) + cells.map((cell) => cell.padStart(14)).join('');
  const lines = Object.entries(rows).map(([name, { wordErrorRate, phonemeErrorRate, bleu, chrf }]) =>
    line([name, percent(wordErrorRate), percent(phonemeErrorRate), bleu.toFixed(2), chrf.toFixed(2)]),
  );
  const { signatures } = Object.values(rows)[0]!;
  return [line(['', 'word errors', 'token errors', 'BLEU', 'chrF']), ...lines, ...signatures].join('\n');
}
