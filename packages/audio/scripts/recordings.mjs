// npm run recordings:audio: compares mel spectrograms of real recordings with librosa's and torchaudio's.
// apt-get downloads Debian's Asterisk prompts (8 kHz) and alsa-utils (48 kHz, resampled by SciPy to 16 and
// 44.1 kHz) into a temporary folder. It needs a build, and PYTHON=…/python with librosa, torchaudio, scipy
// and soundfile. `-- --files 20` compares only 20 of the prompts.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { melSpectrogram, mono, resample } from '../dist/index.js';
import { readWavFile } from '../dist/node.js';
import { startPython } from './python.mjs';

const { values: options } = parseArgs({ options: { files: { type: 'string', default: '40' } } });
const folder = mkdtempSync(path.join(tmpdir(), 'recordings-'));
const numbers = (name) => {
  const bytes = readFileSync(path.join(folder, name));
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

/**
 * The largest differences of a case: before the logarithm as a share of each feature's maximum, after it for
 * values above the floor.
 */
function worstOf(ours, theirs, size, floor) {
  const [maxima, worst] = [new Float64Array(size), new Float64Array(size)];
  let logarithm = 0;
  for (let at = 0; at < theirs.length; at++) {
    maxima[at % size] = Math.max(maxima[at % size], theirs[at]);
    worst[at % size] = Math.max(worst[at % size], Math.abs(ours[at] - theirs[at]));
    if (theirs[at] > floor)
      logarithm = Math.max(logarithm, Math.abs(Math.log(ours[at]) - Math.log(theirs[at])));
  }
  return { share: Math.max(...worst.map((one, at) => (maxima[at] > 0 ? one / maxima[at] : 0))), logarithm };
}

try {
  for (const name of ['asterisk-core-sounds-en-wav', 'alsa-utils'])
    execFileSync('apt-get', ['download', name], { cwd: folder, stdio: 'ignore' });
  for (const file of readdirSync(folder)) execFileSync('dpkg-deb', ['-x', file, 'files'], { cwd: folder });
  const found = readdirSync(path.join(folder, 'files'), { recursive: true })
    .filter((file) => file.endsWith('.wav'))
    .sort();
  const [alsa, prompts] = [
    found.filter((file) => /alsa/.test(file)),
    found.filter((file) => /asterisk(?!.*silence)/.test(file)),
  ];
  const every = Math.max(1, Math.floor(prompts.length / Number(options.files)));
  const recordings = [
    ...prompts.filter((_, at) => at % every === 0).map((file) => [file, 8000]),
    ...alsa.flatMap((file) => [16000, 44100].map((rate) => [file, rate])),
  ];
  const python = startPython('recordings.py');
  const table = new Map();
  let resampled = 0;
  for (const [name, rate] of recordings) {
    const file = path.join(folder, 'files', name);
    for (const type of ['float64', 'float32']) {
      const cases = await python.ask({ file, rate, type, folder });
      const samples = numbers('samples');
      const audio = await readWavFile(file);
      if (type === 'float64') {
        const own = resample(mono(audio), { from: audio.sampleRate, to: rate });
        for (const [at, one] of own.entries()) resampled = Math.max(resampled, Math.abs(one - samples[at]));
      }
      for (const [place, { library, options: given }] of cases.entries()) {
        const { values, size } = melSpectrogram(given).of(samples);
        const theirs = numbers(String(place));
        if (theirs.length !== values.length)
          throw new Error(`${name}: expected ${theirs.length} numbers, got ${values.length}`);
        const key = `${library.padEnd(10)} ${type}  ${String(rate).padStart(5)} Hz`;
        const { share, logarithm } = worstOf(values, theirs, size, 1e-10);
        const row = table.get(key) ?? { share: 0, logarithm: 0, cases: 0 };
        table.set(key, {
          share: Math.max(row.share, share),
          logarithm: Math.max(row.logarithm, logarithm),
          cases: row.cases + 1,
        });
      }
    }
  }
  python.end();
  console.log(
    `${recordings.length} recordings; reading and resampling against SciPy: at most ${resampled.toExponential(1)}`,
  );
  console.log('the largest differences: as a share of each feature’s maximum, and of logarithms above 1e-10');
  let isWrong = resampled > 1e-6;
  for (const [key, { share, logarithm, cases }] of [...table].sort()) {
    console.log(`${key}  ${share.toExponential(1)}  ${logarithm.toExponential(1)}  (${cases} cases)`);
    // The libraries' float32 results contain their own rounding errors, mostly from torchaudio's filters.
    isWrong ||= key.includes('float64') && (share > 1e-4 || logarithm > 1e-3);
  }
  process.exitCode = isWrong ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true });
}
