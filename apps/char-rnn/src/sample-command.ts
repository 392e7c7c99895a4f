import { createReporter, interruptSignal, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { selectBackend } from '@unrolled/kernels/node';
import { loadModel } from './checkpoint';
import { writeText } from './sampling';
import type { BackendName } from './settings';

export interface SampleOptions {
  checkpoint: string;
  length: number;
  temperature: number;
  prime: string;
  seed: number;
  backend: BackendName;
  json?: boolean;
}

/** How many characters go to the terminal before other events, such as Ctrl-C, get their turn. */
const CHARACTERS_A_TURN = 16;

/** `char-rnn sample`: the prime and what the model writes after it, as it is written. */
export async function sampleCommand(options: SampleOptions): Promise<void> {
  quietTensorflow();
  const reporter = createReporter(options);
  await selectBackend(options.backend);
  const trained = await loadModel(options.checkpoint);
  try {
    const writer = writeText({ ...trained, ...options });
    const signal = interruptSignal();
    const show = (text: string) => reporter.json || process.stdout.write(text);
    let text = options.prime;
    show(text);
    let count = 0;
    for (const character of writer) {
      text += character;
      show(character);
      count += 1;
      if (count % CHARACTERS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) break;
    }
    show('\n');
    reporter.result({ text });
  } finally {
    disposeTree(trained.params);
  }
}
