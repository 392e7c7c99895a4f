// Valid calls of audio.
import { writeFileSync } from 'node:fs';
import * as audio from '@unrolled/audio';
import { fileOf } from './places.mjs';

const samples = () => Float32Array.from({ length: 2000 }, (_, at) => Math.sin(at / 5) / 2);
const frames = () => ({ values: samples(), count: 100, size: 20 });
const sound = () => ({ sampleRate: 8000, channels: [samples(), samples()] });
const framing = {
  ...{ sampleRate: 8000, windowSize: 200, hopSize: 80, fftSize: 256, window: 'hann' },
  ...{ center: true, padMode: 'reflect', power: 2 },
};
const mel = {
  ...{ ...framing, mels: 20, low: 20, high: 4000, scale: 'slaney', norm: 'slaney' },
  ...{ log: 'decibels', floor: 1e-10, topDecibels: 80 },
};
const extractor = () => audio.melSpectrogram({ sampleRate: 8000, mels: 20 });
const stream = () => extractor().stream();
const wavFile = () => {
  const wav = fileOf('a.wav');
  writeFileSync(wav, audio.writeWav(sound()));
  return wav;
};

export const soundCalls = {
  'audio:readWav': () => [audio.writeWav(sound()), { name: 'a.wav' }],
  'audio:writeWav': () => [sound(), { format: 'pcm16' }],
  'audio:mono': () => [sound()],
  'audio/node:readWavFile': () => [wavFile()],
  'audio:resample': () => [samples(), { from: 8000, to: 16000 }],
  'audio:spectrogram': () => [framing],
  'audio:melSpectrogram().of': [extractor, () => [samples()]],
  'audio:melSpectrogram().frameCount': [extractor, () => [2000]],
  'audio:melSpectrogram().stream().push': [stream, () => [samples()]],
  'audio:melSpectrogram': () => [mel],
  'audio:mfcc': () => [{ ...mel, coefficients: 13 }],
  'audio:deltas': () => [frames(), { width: 9, edges: 'interpolate' }],
  'audio:joinFeatures': () => [[frames(), frames()]],
  'audio:stackFrames': () => [frames(), 2],
  'audio:fitNormalization': () => [[frames(), frames()]],
  'audio:normalizeFrames': () => [frames(), audio.fitNormalization([frames()])],
  'audio:normalizeSpeakers': () => [[{ speaker: 'ann', frames: frames() }]],
  'audio:specAugment': () => [
    frames(),
    {
      ...{ seed: 1, frequencyMasks: 2, frequencyWidth: 5, timeMasks: 2, timeWidth: 10, timeShare: 1 },
      value: 0,
    },
  ],
};
