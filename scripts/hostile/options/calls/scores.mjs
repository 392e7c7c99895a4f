// Valid calls of metrics.
import { bleu } from '@unrolled/metrics';

const labels = () => [
  [0, 1, 1, 0],
  [0, 1, 0, 0],
];
const matrix = () => ({
  labels: [0, 1],
  counts: [
    [2, 1],
    [0, 3],
  ],
});
const averaged = () => [...labels(), { average: 'binary', positive: 1, labels: [0, 1], zeroDivision: 0 }];
const scores = () => [
  [0, 1, 1, 0],
  [0.1, 0.8, 0.6, 0.7],
];
const rows = () => [
  [0, 1],
  [
    [0.5, 0.3, 0.2],
    [0.1, 0.8, 0.1],
  ],
];
const example = () => ({ hypothesis: 'the cat sat', references: ['the cat sat down'] });
const corpus = () => ({
  hypotheses: ['the cat sat', 'a dog'],
  references: [['the cat sat down', 'it sat'], 'a dog'],
});
const texts = () => [{ reference: 'the cat sat', hypothesis: 'the cat sit' }];
const bleuOptions = {
  tokenize: '13a',
  lowercase: true,
  smoothMethod: 'floor',
  smoothValue: 0.1,
  maxNgramOrder: 4,
  effectiveOrder: true,
};
const chrfOptions = {
  charOrder: 6,
  wordOrder: 2,
  beta: 2,
  lowercase: true,
  whitespace: true,
  epsSmoothing: true,
};
const counted = () => {
  const running = bleu();
  running.update(example());
  return running;
};

export const scoreCalls = {
  'metrics:accuracy': labels,
  'metrics:f1Score': averaged,
  'metrics:precision': averaged,
  'metrics:recall': averaged,
  'metrics:classificationReport': () => [matrix(), { zeroDivision: 0 }],
  'metrics:confusionMatrix': () => [...labels(), { labels: [0, 1] }],
  'metrics:mergeConfusionMatrices': () => [[matrix(), matrix()]],
  'metrics:matthewsCorrelation': labels,
  'metrics:averagePrecision': scores,
  'metrics:brierScore': scores,
  'metrics:calibrationError': () => [...scores(), { bins: 5 }],
  'metrics:rocAuc': () => [...scores(), { average: 'macro' }],
  'metrics:topKAccuracy': () => [...rows(), { k: 2 }],
  'metrics:alignCharacters': texts,
  'metrics:alignTokens': () => [{ reference: ['a', 'b'], hypothesis: ['a', 'c'] }],
  'metrics:alignWords': texts,
  'metrics:bleu': () => [bleuOptions],
  'metrics:bleu().update': [counted, () => [example()]],
  'metrics:bleu().merge': [counted, (running) => [running.statistics()]],
  'metrics:corpusBleu': () => [{ ...corpus(), ...bleuOptions }],
  'metrics:sentenceBleu': () => [{ ...example(), ...bleuOptions }],
  'metrics:chrf': () => [chrfOptions],
  'metrics:corpusChrf': () => [{ ...corpus(), ...chrfOptions }],
  'metrics:sentenceChrf': () => [{ ...example(), ...chrfOptions }],
  'metrics:characterErrorRate': () => [{ ...corpus(), lowercase: true }],
  'metrics:errorRate': () => [{ unit: 'word', lowercase: true }],
  'metrics:phonemeErrorRate': () => [{ ...corpus(), lowercase: true }],
  'metrics:tokenErrorRate': () => [{ hypotheses: [[1, 2]], references: [[1, 3]] }],
  'metrics:wordErrorRate': () => [{ ...corpus(), lowercase: true }],
  'metrics:exactMatch': () => [{ ...corpus(), lowercase: true }],
};
