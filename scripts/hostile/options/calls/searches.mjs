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
      signal: new AbortController().signal,
      onTrial: () => {},
      failuresInARow: 2,
    },
  ],
};
