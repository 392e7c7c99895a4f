import { disposeTree } from '@unrolled/cells';
import { inWords, type OptionKinds } from '@unrolled/errors';
import { train } from '@unrolled/training';
import { STORE_KINDS } from './checkpoint-store';
import type { LearningRate } from './learning-rate';
import { CHECKED, check, checkOptions, refuse } from './refuse';
import type { RunListener, RunOptions, RunOutcome, RunScore } from './run-contract';
import type { RunLog } from './run-log';
import { initialState, isRunState } from './run-state';
import { createTimetable, stepLimit, TIME_KINDS } from './timetable';
import { Trainer } from './trainer';

const ADD_VALIDATION = 'add validation: { batches }';

/** `train` checks its own options. */
const KINDS: OptionKinds<RunOptions<object, object, object>> = /* @__PURE__ */ Object.assign(
  {
    params: CHECKED,
    lossOf: 'function',
    batches: CHECKED,
    optimizer: 'value?',
    learningRate: CHECKED,
    clip: 'value?',
    averaging: 'value?',
    seed: 'value?',
    shuffle: 'value?',
    carry: 'value?',
    validation: 'object?',
    score: 'object?',
    countOf: 'function?',
    signal: 'AbortSignal?',
    onWarning: 'function?',
    patience: 'number?',
    goal: 'number?',
    store: 'object',
    log: 'object?',
    model: 'object?',
    config: 'object?',
    resume: 'value?',
    listener: 'object?',
    preparation: 'number?',
    advice: 'string?',
  } as const,
  TIME_KINDS,
);

const VALIDATION_KINDS: OptionKinds<NonNullable<RunOptions<object, object, object>['validation']>> = {
  batches: CHECKED,
  lossOf: 'function?',
  carry: 'object?',
};

const SCORE_KINDS: OptionKinds<RunScore<object>> = {
  name: 'string',
  better: "'higher' or 'lower'",
  every: 'positive integer?',
  of: 'function',
};

const LOG_KINDS: OptionKinds<RunLog> = { rewind: 'function', add: 'function' };

const LISTENER_KINDS: OptionKinds<RunListener<unknown>> = {
  stepped: 'function?',
  validated: 'function?',
  extended: 'function?',
  validationCut: 'function?',
  sample: 'function?',
};

/**
 * Trains like `train`, and manages the run: it validates, keeps the last and the best checkpoint, logs, and
 * stops early. The first checkpoint is saved before the first step. States are saved only while losses are
 * finite. A resumed run equals an uninterrupted one to the last bit, unless time limits it. All tensors that
 * it creates are disposed; the trained parameters are in the store.
 *
 * @returns when steps, epochs, time or patience end the run, or after the step in which the signal aborts
 * @throws UnrolledError at once if options contradict each other or do not fit the resumed run; later if a
 *   loss is not finite (`code` 'not-finite'), naming the checkpoint that is kept
 */
export async function runTraining<P, B, S = undefined>(options: RunOptions<P, B, S>): Promise<RunOutcome> {
  checkRun(options);
  const { learningRate, log, resume, preparation = 0, seconds = Number.POSITIVE_INFINITY } = options;
  const state = resume?.state ?? initialState(typeof learningRate === 'object' ? learningRate.initial : null);
  const step = resume?.snapshot.step ?? 0;
  const timetable = createTimetable(options, stepLimit(options, batchesPerEpoch(options)), {
    step,
    elapsedSeconds: (state.elapsedSeconds ?? 0) + Math.min(preparation, seconds / 2),
  });
  const { params, lossOf, batches, optimizer, clip, averaging, seed, shuffle, carry, countOf } = options;
  const { signal, onWarning } = options;
  const trainer = new Trainer(options, timetable, state, step);
  const rate = (next: number) => trainer.learningRate(next);
  const run = train<P, B, S>({
    ...{
      params,
      lossOf,
      batches,
      optimizer,
      clip,
      averaging,
      seed,
      shuffle,
      carry,
      countOf,
      signal,
      onWarning,
    },
    learningRate: Object.assign(rate, { settings: settingsOf(learningRate) }),
    steps: Number.POSITIVE_INFINITY,
    resume: resume?.snapshot,
  });
  try {
    if (resume) await agree(options, resume);
    await log?.rewind(step);
    return await trainer.follow(run);
  } finally {
    disposeTree([run.params, run.averages ?? []]);
  }
}

/** Sets both checkpoints of the store to the state from which the run resumes. */
async function agree<P, B, S>(
  { store }: RunOptions<P, B, S>,
  { name, state, snapshot }: NonNullable<RunOptions<P, B, S>['resume']>,
): Promise<void> {
  if (name === 'best') await store.copy('best', 'last');
  // The process was killed after it had written the last checkpoint, and before it copied it to the best one.
  else if ((state.scoring ?? state.stopping).best?.step === snapshot.step) await store.copy('last', 'best');
}

/**
 * The learning rate as recorded in a checkpoint, so a run does not accidentally continue with another one.
 */
function settingsOf(learningRate: LearningRate) {
  return typeof learningRate === 'number' ? learningRate : (learningRate.settings ?? null);
}

/** Number of steps of an epoch; Infinity if `batches` is a function that does not say it. */
function batchesPerEpoch<P, B, S>({ batches }: RunOptions<P, B, S>): number {
  // `train` refuses a value that is neither. `shuffledBatches` and `pairBatches` say their number of batches.
  if (typeof batches !== 'function') return Object(batches).length;
  return 'batchesPerEpoch' in batches ? Number(batches.batchesPerEpoch) : Number.POSITIVE_INFINITY;
}

/** Refuses options that have a wrong type, contradict each other, or would have no effect. */
function checkRun<P, B, S>(options: RunOptions<P, B, S>): void {
  checkOptions<RunOptions<object, object, object>>('runTraining', options as never, KINDS);
  checkOptions('store', options.store, STORE_KINDS, true);
  if (options.log) checkOptions('log', options.log, LOG_KINDS, true);
  if (options.listener)
    checkOptions<RunListener<unknown>>('listener', options.listener as never, LISTENER_KINDS, true);
  if (options.validation) checkOptions<object>('validation', options.validation, VALIDATION_KINDS);
  if (options.score) checkOptions<RunScore<object>>('score', options.score as never, SCORE_KINDS);
  checkRate(options.learningRate);
  const { steps, epochs, seconds, validation, learningRate, patience, goal, config = {} } = options;
  const { resume, score } = options;
  if (resume !== undefined && !isRunState(Object(resume).state)) {
    refuse('runTraining', {
      expected: 'resume: a run of loadRun',
      got: inWords(resume),
      remedy: 'pass resume: await loadRun(store)',
    });
  }
  const scored = resume?.state.scoring?.name;
  if (score && scored !== undefined && scored !== score.name) {
    refuse('runTraining', {
      expected: `the score '${scored}', as at the start of the run`,
      got: `'${score.name}'`,
      remedy: 'use this score, or start a new run',
    });
  }
  for (const [name, limit] of Object.entries({ steps, epochs }))
    if (limit !== undefined && limit !== Number.POSITIVE_INFINITY) check.count('runTraining', name, limit);
  if (seconds !== undefined) check.number('runTraining', 'seconds', seconds, seconds > 0, 'above 0');
  const isEndless = steps === undefined && epochs === undefined && seconds === undefined;
  const isUncounted = epochs !== undefined && batchesPerEpoch(options) === Number.POSITIVE_INFINITY;
  const complaints: [isWrong: boolean, expected: string, got: string, remedy: string][] = [
    [
      isEndless,
      'steps, epochs or seconds',
      'none of them',
      'set steps: Infinity to train until the signal stops it',
    ],
    [
      isUncounted,
      'steps or seconds, if batches is a function without batchesPerEpoch',
      'epochs',
      'set steps, or use shuffledBatches of @unrolled/data',
    ],
    [
      !validation && score !== undefined,
      'the option validation, with which a score is computed',
      'none',
      ADD_VALIDATION,
    ],
    [
      !validation && patience !== undefined,
      'the option validation, which patience requires',
      'none',
      ADD_VALIDATION,
    ],
    [
      !validation && goal !== undefined,
      'the option validation, which the goal requires',
      'none',
      ADD_VALIDATION,
    ],
    [
      !validation && typeof learningRate === 'object',
      'the option validation, which this learning rate requires',
      'none',
      ADD_VALIDATION,
    ],
    [
      Object.hasOwn(config, 'run'),
      "a config without the key 'run'",
      'a config with this key',
      'choose another name',
    ],
  ];
  for (const [isWrong, expected, got, remedy] of complaints)
    if (isWrong) refuse('runTraining', { expected, got, remedy });
}

function checkRate(rate: unknown): void {
  const { at, observe } = Object(rate) as Record<string, unknown>;
  if (typeof rate === 'function' || (typeof at === 'function' && typeof observe === 'function')) return;
  if (typeof rate === 'number' && rate >= 0 && rate < Number.POSITIVE_INFINITY) return;
  refuse('runTraining', {
    expected: 'learningRate: a finite number of at least 0, or a schedule such as learningRateOf',
    got: rate === undefined ? 'none' : inWords(rate),
    remedy: 'use for example 0.001, which is usual for adam',
  });
}
