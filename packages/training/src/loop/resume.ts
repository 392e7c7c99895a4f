/** Checks whether a run may continue from a snapshot. */
import { disposeTree } from '@unrolled/cells';
import { refuse } from '../refuse';
import { countBatches } from './batches';
import type { Checkpoint } from './checkpoint';
import type { TrainOptions } from './contract';
import { currentEnvironment, environmentChanges } from './environment';
import type { Json } from './json';
import type { Optimizer } from './optimizer';
import { settingsOf } from './schedules';
import { checkFit, checkSnapshot, type Snapshot } from './snapshot';

/** The snapshot to resume: the value itself, or the snapshot of a loaded checkpoint. */
export function snapshotOf(scope: string, resume: Snapshot | Checkpoint): Snapshot {
  const snapshot = 'snapshot' in Object(resume) ? (resume as Checkpoint).snapshot : resume;
  checkSnapshot(scope, snapshot, {
    expected: 'resume: a snapshot, or a checkpoint of loadCheckpoint',
    remedy: 'read a file first: resume: await loadCheckpoint(path), of @unrolled/training/node',
  });
  return snapshot;
}

/** Throws if a snapshot belongs to other options, and warns if the machine differs. */
export function checkResume<P, B, S>(
  options: TrainOptions<P, B, S> & { readonly params: P },
  optimizer: Optimizer,
  resume: Snapshot,
): void {
  const { params, averaging, shuffle = false, seed = resume.seed, learningRate, onWarning } = options;
  checkFit('train', 'parameter', params, resume.params);
  checkOptimizer(params, optimizer, resume);
  if (averaging?.decay !== resume.averaging?.decay)
    mismatch('averaging.decay', averaging?.decay ?? 'none', resume.averaging?.decay ?? 'none');
  if (resume.averaging) checkFit('train', 'average of', params, resume.averaging.params);
  if (seed !== resume.seed) mismatch('the seed', seed, resume.seed);
  if (shuffle !== resume.shuffle) mismatch('shuffle', shuffle, resume.shuffle);
  const length = countBatches(options.batches);
  if (length !== resume.epochLength) mismatch('batches in an epoch:', length, resume.epochLength);
  checkState(options, resume);
  const adaptive = typeof learningRate === 'object';
  if (adaptive !== Boolean(resume.learningRate)) {
    mismatch('an adaptive learning rate:', adaptive, Boolean(resume.learningRate));
  }
  checkHyperparameters(options, optimizer, resume);
  const changes = environmentChanges(resume.environment, currentEnvironment());
  if (changes.length > 0) {
    const warn = onWarning ?? ((message: string) => console.warn(message));
    warn(`[unrolled/training] train: resuming, but the last bits may differ: ${changes.join('; ')}`);
  }
}

const SAME_OPTIONS = 'resume with the original options of the run';
const ON_PURPOSE = 'to change it deliberately, resume { ...snapshot, hyperparameters: null }';

function mismatch(what: string, now: unknown, before: unknown, remedy = SAME_OPTIONS): never {
  return refuse('train', { expected: `${what} ${before} as in the snapshot`, got: String(now), remedy });
}

function checkOptimizer(params: unknown, optimizer: Optimizer, resume: Snapshot): void {
  if (optimizer.name !== resume.optimizer.name)
    mismatch('the optimizer', optimizer.name, resume.optimizer.name);
  for (const slot of optimizer.slots) {
    const record = resume.optimizer.slots[slot];
    if (!record) mismatch('optimizer slots', optimizer.slots, Object.keys(resume.optimizer.slots));
    else checkFit('train', `slot ${slot} of`, params, record);
  }
}

function checkState<P, B, S>({ carry }: TrainOptions<P, B, S>, resume: Snapshot): void {
  if (Boolean(carry) !== Boolean(resume.state)) mismatch('carry', Boolean(carry), Boolean(resume.state));
  if (!carry || !resume.state) return;
  const template = carry.model.zeroState(carry.batchSize);
  try {
    checkFit('train', 'state', template, resume.state);
  } finally {
    disposeTree(template);
  }
}

/**
 * Options that may be changed when a run resumes, but only deliberately. Older checkpoints do not record
 * them.
 */
function checkHyperparameters<P, B, S>(
  { learningRate, clip }: TrainOptions<P, B, S>,
  optimizer: Optimizer,
  { hyperparameters: before, optimizer: { settings } }: Snapshot,
): void {
  if (!before) return;
  const pairs: [what: string, now: unknown, before: Json][] = [
    ['the learning rate', settingsOf(learningRate), before.learningRate],
    ['clip', clip ?? null, before.clip],
    ["the optimizer's settings", optimizer.settings, settings],
  ];
  for (const [what, now, then] of pairs) {
    const [given, kept] = [now, then].map((value) => JSON.stringify(value));
    if (given === kept) continue;
    const words = (value: unknown, text: string | undefined) =>
      value !== null ? text : what === 'clip' ? 'none' : 'of a function';
    mismatch(what, words(now, given), words(then, kept), `${SAME_OPTIONS}; ${ON_PURPOSE}`);
  }
}
