import {
  backendOption,
  choice,
  createProgress,
  createReporter,
  formatLoss,
  positiveInteger,
  positiveNumber,
  quietTensorflow,
  seed,
} from '@unrolled/app-shared';
import { type BackendChoice, selectBackend } from '@unrolled/kernels/node';
import { interruptSignal } from '@unrolled/runs/node';
import { Command } from 'commander';
import { type LearnOptions, learn } from './learn';

type Options = LearnOptions & { backend: BackendChoice; json?: boolean };

const EXAMPLES = `
Examples:
  hihello                                          learns 'hihello'
  hihello --text ' if you want you'                a longer text
  hihello --text "$(cat words.txt)" --window 10 --layers 2 --steps 500
  hihello --head none --optimizer sgd --steps 2000 without an output layer: the loss stays near 0.75`;

/** The command line of hihello. */
export function program(): Command {
  return new Command('hihello')
    .description('Trains a small recurrent network on one text, to predict each next character.')
    .option('--text <text>', 'the text to learn', 'hihello')
    .option('--cell <kind>', 'recurrent cell: rnn, lstm or gru', choice('rnn', 'lstm', 'gru'), 'lstm')
    .option('--layers <count>', 'number of recurrent layers', positiveInteger, 1)
    .option(
      '--units <count>',
      'units of each layer (default: one for each distinct character)',
      positiveInteger,
    )
    .option('--window <characters>', 'length of a training window (default: the whole text)', positiveInteger)
    .option(
      '--head <kind>',
      'output layer: dense, or none to use the hidden state as the logits',
      choice('dense', 'none'),
      'dense',
    )
    .option('--steps <count>', 'number of training steps', positiveInteger, 50)
    .option('--optimizer <name>', 'optimizer: adam, rmsprop or sgd', choice('adam', 'rmsprop', 'sgd'), 'adam')
    .option('--learning-rate <rate>', 'learning rate of the optimizer', positiveNumber, 0.1)
    .option('--seed <number>', 'seed of the initial weights; the same seed repeats a run', seed, 1)
    .addOption(backendOption())
    .option(
      '--json',
      'print one JSON object as the last line of standard output: prediction, target, losses, steps',
    )
    .addHelpText('after', EXAMPLES)
    .action(run);
}

async function run({ backend, json, ...options }: Options): Promise<void> {
  await quietTensorflow();
  const reporter = createReporter({ json });
  const lesson = learn({ ...options, signal: interruptSignal() });
  const { distinctCharacters, windows, target } = lesson;
  const units = options.units ?? distinctCharacters;
  const chosen = await selectBackend(backend, { units, batchSize: windows });
  reporter.line(`backend ${chosen.name}: ${chosen.reason}`);
  reporter.line(`${distinctCharacters} distinct characters, ${windows} window${windows === 1 ? '' : 's'}`);

  const progress = reporter.stream.isTTY ? createProgress({ reporter, total: options.steps }) : undefined;
  const losses: number[] = [];
  let prediction = '';
  for await (const step of lesson.steps) {
    losses.push(step.loss);
    prediction = step.prediction;
    reporter.line(`${String(step.step).padStart(5)}  loss ${formatLoss(step.loss)}  ${quote(prediction)}`);
    progress?.update({ step: step.step + 1, loss: step.loss });
  }
  progress?.stop();
  reporter.line(`\nprediction ${quote(prediction)}`);
  reporter.line(`target     ${quote(target)}`);
  reporter.result({ prediction, target, losses, steps: losses.length });
}

/** Escapes control characters, so one prediction is one line. */
const quote = (text: string) => JSON.stringify(text);
