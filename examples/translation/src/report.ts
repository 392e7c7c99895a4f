import { formatSeconds } from '@unrolled/app-shared';
import type { Sourced } from '@unrolled/example-data';
import {
  characterErrorRate,
  corpusBleu,
  corpusChrf,
  exactMatch,
  phonemeErrorRate,
  wordErrorRate,
} from '@unrolled/metrics';
import type { ValidationResult } from '@unrolled/runs';
import type { Task } from './read-task';

/** What the command line prints, and gives as JSON. */
export interface Measures {
  /** Of sounds the share of words that match none of their pronunciations; of other targets edits per word. */
  readonly wordErrorRate: number;
  /** Edits per phoneme; of other targets per character. */
  readonly phonemeErrorRate: number;
  readonly bleu: number;
  readonly chrf: number;
}

/** Compares translations with the right ones, of which each example may have several. */
export function measure(task: Task, examples: readonly Sourced[], hypotheses: readonly string[]): Measures {
  const corpus = { hypotheses, references: examples.map(({ targets }) => targets) };
  const isSound = task.units.target === 'symbol';
  return {
    wordErrorRate: isSound ? 1 - exactMatch(corpus) : wordErrorRate(corpus).errorRate,
    phonemeErrorRate: (isSound ? phonemeErrorRate : characterErrorRate)(corpus).errorRate,
    bleu: corpusBleu(corpus).score,
    chrf: corpusChrf(corpus).score,
  };
}

/** By which a run keeps its best network: the share of words that are wrong, or of texts what chrF lacks of 1. */
export function errorOf(
  { units }: Task,
  examples: readonly Sourced[],
  hypotheses: readonly string[],
): number {
  const corpus = { hypotheses, references: examples.map(({ targets }) => targets) };
  return units.target === 'symbol' ? 1 - exactMatch(corpus) : 1 - corpusChrf(corpus).score / 100;
}

export const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** A validation as a line. */
export function validationWords(result: ValidationResult, batchesPerEpoch: number): string {
  const { step, trainLoss, validationLoss, score, improved } = result;
  const at = `${formatSeconds(process.uptime())}, step ${step}, epoch ${(step / batchesPerEpoch).toFixed(2)}`;
  const losses = `loss ${trainLoss.toFixed(4)}, validation ${validationLoss.toFixed(4)}`;
  return `${at}: ${losses}, errors ${percent(score!)}${improved ? ', best so far' : ''}`;
}

/** Measures as lines with a head. */
export function table(rows: Readonly<Record<string, Measures>>): string {
  const line = ([name, ...cells]: readonly string[]) =>
    name!.padEnd(22) + cells.map((cell) => cell.padStart(14)).join('');
  const lines = Object.entries(rows).map(([name, { wordErrorRate, phonemeErrorRate, bleu, chrf }]) =>
    line([name, percent(wordErrorRate), percent(phonemeErrorRate), bleu.toFixed(2), chrf.toFixed(2)]),
  );
  return [line(['', 'word errors', 'token errors', 'BLEU', 'chrF']), ...lines].join('\n');
}
