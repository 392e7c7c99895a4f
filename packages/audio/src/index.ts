export { type DeltasOptions, deltas } from './deltas';
export { type Frames, joinFeatures, stackFrames } from './frames';
export type { MelScale } from './mel/mel-scale';
export { type MelSpectrogramOptions, melSpectrogram } from './mel/mel-spectrogram';
export { type MfccOptions, mfcc } from './mel/mfcc';
export {
  fitNormalization,
  type Normalization,
  normalizeFrames,
  normalizeSpeakers,
  type SpokenFrames,
} from './normalization';
export { type ResampleOptions, resample } from './resample';
export { type SpecAugmentOptions, specAugment } from './spec-augment';
export type { FeatureExtractor, FeatureStream } from './spectrum/extractor';
export { type SpectrogramOptions, spectrogram } from './spectrum/spectrogram';
export type { WindowName } from './spectrum/window';
export { mono } from './wav/mono';
export { type Audio, type ReadWavOptions, readWav } from './wav/read-wav';
export { type WavFormat, type WriteWavOptions, writeWav } from './wav/write-wav';
