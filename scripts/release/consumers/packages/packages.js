// Uses the packages that hihello does not need, in one program: sound, scores, forecasts, a search, PyTorch's
// weights, files, and a language model.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { melSpectrogram, readWav, writeWav } from '@unrolled/audio';
import { dense, disposeTree, lstm, stack } from '@unrolled/cells';
import { createCorpus } from '@unrolled/data';
import { UnrolledError } from '@unrolled/errors';
import { fitForecaster } from '@unrolled/forecaster';
import { dieboldMarianoTest } from '@unrolled/forecasting';
import { fromPyTorch, toPyTorch } from '@unrolled/interop';
import { useUnrolledBackend } from '@unrolled/kernels';
import {
  completeSettings,
  paramsOf,
  prepareDataset,
  savedModel,
  trainLanguageModel,
  writeText,
} from '@unrolled/language-model';
import { corpusBleu } from '@unrolled/metrics';
import { loadRun, memoryStore } from '@unrolled/runs';
import { readSafetensors, writeSafetensors } from '@unrolled/safetensors';
import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import { float, runStudy } from '@unrolled/sweeps';
import { openSweepDatabase } from '@unrolled/sweeps/database';

const say = (name, value) => console.log(`${name.padEnd(15)} ${value}`);
await useUnrolledBackend();

const tone = Float32Array.from({ length: 8000 }, (_, at) => Math.sin(at / 9) / 2);
const { channels } = readWav(writeWav({ sampleRate: 8000, channels: [tone] }), { name: 'tone.wav' });
say('audio', `${melSpectrogram({ sampleRate: 8000, mels: 20 }).of(channels[0]).count} frames`);
say('metrics', corpusBleu({ hypotheses: ['a b c d e'], references: ['a b c d f'] }).text);
try {
  readWav(new Uint8Array(4), { name: 'no.wav' });
} catch (error) {
  say('errors', error instanceof UnrolledError ? error.code : 'another class');
}

const wave = Array.from({ length: 120 }, (_, t) => 100 + 10 * Math.sin(t / 4) + Math.sin(t * t));
const forecaster = await fitForecaster(wave, { horizon: 3, window: 12, epochs: 2 });
say('forecaster', `${forecaster.forecast(wave)[0].rows.length} steps ahead`);
const [small, large] = [wave.map((_, t) => Math.sin(t * t)), wave.map((_, t) => 3 * Math.cos(t * t))];
say('forecasting', dieboldMarianoTest(small, large, { horizon: 1 }).verdict);

const { best } = await runStudy(({ parameters }) => (parameters.x - 1) ** 2, {
  space: { x: float(0, 2) },
  trials: 20,
});
say('sweeps', best.value < 0.5);
say('sweeps/database', typeof openSweepDatabase);

const model = stack([lstm({ inputSize: 3, units: 5 }), dense({ inputSize: 5, units: 2 })]);
const params = model.init(1);
const file = path.join(await mkdtemp(path.join(tmpdir(), 'consumer-')), 'weights.safetensors');
const { tensors } = readSafetensors(writeSafetensors(toPyTorch(model, params, { names: ['rnn', 'head'] })));
await writeSafetensorsFile(file, Object.fromEntries(tensors));
const again = fromPyTorch((await readSafetensorsFile(file)).tensors, model);
say('interop', `${tensors.size} tensors of PyTorch`);
disposeTree([params, again]);

const corpus = createCorpus('hihello '.repeat(200));
const settings = completeSettings({ layers: 1, units: 16, steps: 150 }, corpus);
const store = memoryStore();
await trainLanguageModel({ dataset: prepareDataset(corpus, settings), settings, store });
const saved = savedModel('best', 'memory', await loadRun(store, 'best'));
const { model: network, vocabulary } = saved;
const learnt = paramsOf(saved);
const prime = vocabulary.encode('hello h');
const options = { prime, length: 6, temperature: 0, seed: 1 };
const written = writeText({ model: network, params: learnt, vocabulary, ...options });
say('language-model', [...written].join(''));
disposeTree(learnt);
