// Valid calls of sweeps.
import { choice, createStudy, float, integer, medianPruner, randomSampler } from '@unrolled/sweeps';

const space = () => ({ x: float(0, 1), layers: integer(1, 3), cell: choice(['gru', 'lstm']) });
const study = () => ({
  space: space(),
  direction: 'maximize',
  trials: 2,
  sampler: randomSampler({ seed: 1 }),
  pruner: medianPruner(),
  record: () => {},
  history: [],
});
const asked = () => {
  const one = createStudy(study());
  one.ask();
  return one;
};

/**
 * Nothing listens at this address. A valid call fails when it connects to the database, with one of our
 * messages.
 */
const nowhere = { place: 'nowhere', isServed: false, close: async () => {} };
const signal = () => new AbortController().signal;

export const searchCalls = {
  'sweeps:choice': () => [['a', 'b'], { when: { x: 1 } }],
  'sweeps:float': () => [0, 1, { step: 0.5, log: false, when: { x: 1 } }],
  'sweeps:integer': () => [1, 9, { step: 2, log: false, when: { x: 1 } }],
  'sweeps:gridSampler': () => [{ seed: 1 }],
  'sweeps:replayOf': () => [[{ event: 'asked', number: 0, parameters: {} }]],
  'sweeps:randomSampler': () => [{ seed: 1 }],
  'sweeps:sobolSampler': () => [{ seed: 1, scramble: true }],
  'sweeps:populationSampler': () => [{ members: 4, seed: 1, share: 0.25, resample: 0.5 }],
  'sweeps:tpeSampler': () => [
    { seed: 1, startupTrials: 2, candidates: 3, priorWeight: 1, multivariate: true },
  ],
  'sweeps:medianPruner': () => [{ startupTrials: 1, warmUpSteps: 1, share: 0.5 }],
  'sweeps:successiveHalvingPruner': () => [{ minimumSteps: 1, reductionFactor: 3, skippedRungs: 1 }],
  'sweeps:hyperbandPruner': () => [{ minimumSteps: 1, maximumSteps: 9, reductionFactor: 3 }],
  'sweeps:createStudy': () => [study()],
  'sweeps:createStudy().report': [asked, () => [0, 1, 0.5]],
  'sweeps:createStudy().from': [asked, () => [0]],
  'sweeps:createStudy().tell': [asked, () => [0, { value: 1 }]],
  'sweeps:parseStudyRecord': () => ['{"event":"asked","number":0,"parameters":{}}\n'],
  'sweeps:runStudy': () => [
    () => 1,
    {
      ...study(),
      concurrency: 2,
      signal: signal(),
      onTrial: () => {},
      failuresInARow: 2,
    },
  ],
  'sweeps/database:placeOf': () => ['postgres://me@localhost:1/none'],
  'sweeps/database:workerGrants': () => ['worker'],
  'sweeps/database:folderStore': () => ['checkpoints'],
  'sweeps/database:openSweepDatabase': () => [
    { address: 'postgres://me@localhost:1/none', install: false, own: false, patienceSeconds: 1 },
  ],
  'sweeps/database:beginStudy': () => [
    nowhere,
    'rates',
    {
      ...{ space: space(), direction: 'maximize', trials: 2, sampler: randomSampler({ seed: 1 }) },
      ...{ pruner: medianPruner(), plan: null, files: {}, queue: 'rates', attempts: 2, keep: 'best' },
    },
  ],
  'sweeps/database:listStudies': () => [nowhere],
  'sweeps/database:readStudy': () => [nowhere, 'rates'],
  'sweeps/database:readStudyFiles': () => [nowhere, 'rates'],
  'sweeps/database:readCheckpoint': () => [nowhere, 'rates', 0],
  'sweeps/database:removeStudy': () => [nowhere, 'rates'],
  'sweeps/database:stopStudy': () => [nowhere, 'rates'],
  'sweeps/database:workersOf': () => [nowhere, 'rates'],
  'sweeps/database:watchStudy': () => [nowhere, 'rates', { signal: signal(), onTrial: () => {} }],
  'sweeps/database:runWorker': () => [
    nowhere,
    'rates',
    () => 1,
    {
      ...{ space: space(), direction: 'maximize', sampler: randomSampler({ seed: 1 }), seconds: 1 },
      ...{ pruner: medianPruner(), concurrency: 1, signal: signal(), onTrial: () => {}, name: 'me' },
      ...{ checkpointBytes: 1, store: { load: async () => undefined, save: async () => true } },
    },
  ],
  'sweeps/database:serveQueue': () => [
    nowhere,
    {
      ...{ queue: 'rates', workOf: () => ({ objective: () => 1 }), concurrency: 1, signal: signal() },
      ...{ onTrial: () => {}, until: 'rates', name: 'me', checkpointBytes: 1 },
      store: { load: async () => undefined, save: async () => true },
    },
  ],
};
