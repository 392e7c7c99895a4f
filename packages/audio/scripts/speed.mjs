// npm run speed:audio: compares the time of a log-mel spectrogram of ten minutes of sound at 16 kHz with
// torchaudio's, in turn, in processor time on one thread. It needs a build, and PYTHON=…/python with
// torchaudio. Option: `-- --rounds 9`.
import { parseArgs } from 'node:util';
import { melSpectrogram } from '../dist/index.js';
import { startPython } from './python.mjs';

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const [rate, seconds] = [16000, 600];
const samples = Float32Array.from({ length: rate * seconds }, () => (Math.random() - 0.5) / 5);
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

const python = startPython('speed.py', { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1' });
for (const [fftSize, mels] of [
  [512, 40],
  [512, 80],
  [400, 80],
]) {
  const frame = { fftSize, windowSize: 400, hopSize: 160, mels };
  const extractor = melSpectrogram({
    sampleRate: rate,
    scale: 'htk',
    norm: 'none',
    log: 'natural',
    ...frame,
  });
  const [ours, theirs, ratios] = [[], [], []];
  for (let round = 0; round <= Number(options.rounds); round++) {
    const begun = process.cpuUsage();
    extractor.of(samples);
    const { user, system } = process.cpuUsage(begun);
    const own = (user + system) / 1e6;
    const { processor } = await python.ask({ samples: samples.length, rate, ...frame });
    if (round === 0) continue; // to warm up
    ours.push(own);
    theirs.push(processor);
    ratios.push(processor / own);
  }
  const own = median(ours);
  const words = `frames of 400 in ${fftSize}, ${mels} mels: ${own.toFixed(2)} s, torchaudio ${median(theirs).toFixed(2)} s`;
  console.log(
    `${words}; ${median(ratios).toFixed(2)} × torchaudio, ${Math.round(seconds / own)} × real time`,
  );
}
python.end();
