import { checkKind } from '../refuse';
import { type Measures, measuresOf, type Score } from './score-text';

/** A score among others. Ranks count from 1; equal scores have the same rank. */
export interface Ranked extends Measures {
  readonly rank: number;
  readonly rankPerCharacter: number;
  /** The highest ln P minus this one: the best text is e to the power of this difference times as likely. */
  readonly behind: number;
}

/** The measures and ranks of texts, in the order of their scores. */
export function rankScores(scores: readonly Score[]): Ranked[] {
  checkKind('rankScores', 'scores', scores, 'array');
  const measured = scores.map(measuresOf);
  const count = (isBetter: (other: Measures) => boolean) => measured.filter(isBetter).length;
  const best = Math.max(...scores.map(({ logProbability }) => logProbability));
  return measured.map((one) => ({
    ...one,
    rank: 1 + count(({ logProbability }) => logProbability > one.logProbability),
    rankPerCharacter: 1 + count(({ natsPerCharacter }) => natsPerCharacter < one.natsPerCharacter),
    behind: best - one.logProbability,
  }));
}
