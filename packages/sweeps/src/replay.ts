import type { Pruner } from './pruners/pruner';
import { checkKind, refuse } from './refuse';
import type { Sampler } from './samplers/sampler';
import type { Parameters } from './space';
import { isEvent, type StudyEvent } from './study-events';

/** The recorded decisions of a study. */
export interface Replay {
  /** Gives each trial the parameters that it had. */
  readonly sampler: Sampler;
  /** Gives a trial up at the report at which it was given up. */
  readonly pruner: Pruner;
}

/**
 * A sampler and a pruner that repeat the decisions of a record: the study runs again, for any number of
 * parallel trials then and now. Of a trial that was started again, the last attempt counts.
 *
 * @param record the events of the study, in order
 * @throws for an event that is none, and where the record holds no trial
 */
export function replayOf(record: readonly StudyEvent[]): Replay {
  checkKind('replayOf', 'the record', record, 'array');
  const asked = new Map<number, Parameters>();
  const ends = new Map<number, number>();
  for (const event of record) {
    if (!isEvent(event)) refuseRecord('something else');
    if (event.event === 'asked') {
      asked.set(event.number, event.parameters);
      ends.delete(event.number);
    } else if (event.event === 'reported' && event.pruned) ends.set(event.number, event.step);
  }
  if (asked.size === 0) refuseRecord('no trial');
  return {
    sampler: {
      name: 'replay',
      count: () => asked.size,
      sample: ({ number }) => asked.get(number) ?? refuseRecord(`none with number ${number}`),
    },
    pruner: {
      name: 'replay',
      shouldPrune: ({ trial: { number, reports } }) => reports.at(-1)!.step === ends.get(number),
    },
  };
}

function refuseRecord(got: string): never {
  return refuse('replayOf', {
    expected: 'the record of a study with trials',
    got,
    remedy: 'pass the complete result of parseStudyRecord',
  });
}
