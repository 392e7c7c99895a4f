import { inWords, type OptionKinds } from '@unrolled/errors';
import { checkAllFrames, checkFrames, type Frames } from './frames';
import { checkKind, checkOptions, refuse } from './refuse';

/** The shift and the scale of each feature, as plain JSON. */
export interface Normalization {
  readonly means: readonly number[];
  /** Standard deviations of the population (divided by n); 1 for a constant feature. */
  readonly deviations: readonly number[];
}

const KINDS: OptionKinds<Normalization> = { means: 'array', deviations: 'array' };

/**
 * The mean and the standard deviation of each feature over all frames of a list: one speaker's utterances, or
 * a training set.
 */
export function fitNormalization(list: readonly Frames[]): Normalization {
  const size = checkAllFrames('fitNormalization', list);
  const count = list.reduce((sum, frames) => sum + frames.count, 0);
  if (count === 0) {
    const remedy = 'leave out speakers without frames';
    refuse('fitNormalization', { expected: 'at least one frame', got: 'none', remedy });
  }
  const sumOver = (term: (value: number, column: number) => number) => {
    const sums = new Float64Array(size);
    for (const { values } of list)
      for (let at = 0; at < values.length; at++) sums[at % size]! += term(values[at]!, at % size);
    return Array.from(sums, (sum) => sum / count);
  };
  const means = sumOver((value) => value);
  const variances = sumOver((value, column) => (value - means[column]!) ** 2);
  // For a constant feature, rounding leaves a deviation of about 10⁻¹⁴ of its size.
  const deviations = variances.map((variance, column) => {
    const deviation = Math.sqrt(variance);
    return deviation > 1e-9 * Math.abs(means[column]!) ? deviation : 1;
  });
  return { means, deviations };
}

/** (x − mean) / deviation of each feature. */
export function normalizeFrames(frames: Frames, normalization: Normalization): Frames {
  checkFrames('normalizeFrames', frames);
  checkOptions('normalizeFrames', normalization, KINDS);
  const { means, deviations } = normalization;
  const { values, count, size } = frames;
  if (means.length !== size || deviations.length !== size || deviations.some((one) => !(one > 0))) {
    const remedy = 'pass the normalization that was fitted to such frames';
    const got = `${means.length} and ${deviations.length}`;
    refuse('normalizeFrames', {
      expected: `${size} means, and ${size} deviations above 0`,
      got,
      remedy,
      code: 'shape',
    });
  }
  const normal = values.map((value, at) => (value - means[at % size]!) / deviations[at % size]!);
  return { values: normal, count, size };
}

/** An utterance and its speaker. */
export interface SpokenFrames {
  readonly speaker: string;
  readonly frames: Frames;
}

/**
 * Normalises each utterance by the mean and the deviation of all utterances of its speaker. The order is
 * kept.
 */
export function normalizeSpeakers(utterances: readonly SpokenFrames[]): Frames[] {
  checkKind('normalizeSpeakers', 'utterances', utterances, 'array');
  const spoken = new Map<string, Frames[]>();
  for (const one of utterances) {
    if (typeof one?.speaker !== 'string') {
      const remedy = "use the speaker '' if there is only one voice";
      refuse('normalizeSpeakers', { expected: 'utterances { speaker, frames }', got: inWords(one), remedy });
    }
    checkFrames('normalizeSpeakers', one.frames);
    spoken.set(one.speaker, [...(spoken.get(one.speaker) ?? []), one.frames]);
  }
  const fitted = new Map([...spoken].map(([speaker, list]) => [speaker, fitNormalization(list)] as const));
  return utterances.map(({ speaker, frames }) => normalizeFrames(frames, fitted.get(speaker)!));
}
