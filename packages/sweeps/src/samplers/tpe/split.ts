import { compareBy, type Direction, type TrialRecord } from '../../trial';

/**
 * The best tenth of the finished trials, at most 25, and the others with those that run: complete trials by
 * their value, behind them pruned ones, those that came furthest first. Both in the order of their numbers.
 */
export function splitTrials(
  trials: readonly TrialRecord[],
  direction: Direction,
): { readonly below: readonly TrialRecord[]; readonly above: readonly TrialRecord[] } {
  const better = compareBy(direction);
  const complete = trials
    .filter(({ state }) => state === 'complete')
    .sort((a, b) => better(a.value!, b.value!) || a.number - b.number);
  const last = ({ reports }: TrialRecord) => reports.at(-1);
  const pruned = trials
    .filter(({ state }) => state === 'pruned')
    .sort((a, b) => {
      const [one, other] = [last(a), last(b)];
      const further = (other?.step ?? -1) - (one?.step ?? -1);
      return further || better(one?.value ?? 0, other?.value ?? 0) || a.number - b.number;
    });
  const finished = [...complete, ...pruned];
  const best = finished.slice(0, Math.min(Math.ceil(0.1 * finished.length), 25));
  const chosen = new Set(best);
  const isOther = (trial: TrialRecord) => !chosen.has(trial) && trial.state !== 'failed';
  const byNumber = (a: TrialRecord, b: TrialRecord) => a.number - b.number;
  return { below: best.sort(byNumber), above: trials.filter(isOther).sort(byNumber) };
}
