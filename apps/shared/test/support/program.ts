// A small app in the apps' shape; the tests bundle it and run it as a process of its own.
import { UnrolledError } from '@unrolled/errors';
import { Command } from 'commander';
import { interruptSignal } from '../../../../packages/runs/src/node/interrupt';
import { lockRun } from '../../../../packages/runs/src/node/run-lock';
import { choice, createProgress, createReporter, positiveInteger, runCli, seed } from '../../src/index';

const program = new Command('demo');
program
  .command('train')
  .argument('[file]')
  .option('--steps <count>', 'steps', positiveInteger, 3)
  .option('--cell <kind>', 'cell', choice('rnn', 'lstm'), 'lstm')
  .option('--seed <seed>', 'seed', seed, 1)
  .option('--fail <how>', 'how to fail')
  .option('--delay <milliseconds>', 'a pause in each step', positiveInteger)
  .option('--say <text>', 'the first line')
  .option('--run-directory <directory>', 'work in it')
  .option('--json', 'one object on the last line')
  .action(async (_file, options) => {
    if (options.fail === 'user')
      throw new UnrolledError('data', 'vocabularyOf', { expected: 'a text', got: 'an\nempty file' });
    if (options.fail === 'bug') throw new TypeError('x is not a function');
    if (options.fail === 'file') await (await import('node:fs/promises')).readFile('/nowhere/at/all.txt');
    const reporter = createReporter(options);
    const signal = interruptSignal();
    if (options.runDirectory) await lockRun(options.runDirectory);
    const progress = createProgress({ reporter, total: options.steps });
    reporter.line(options.say ?? 'training');
    let step = 0;
    while (step < options.steps && !signal.aborted) {
      step += 1;
      await new Promise((resolve) =>
        options.delay ? setTimeout(resolve, options.delay) : setImmediate(resolve),
      );
      progress.update({ step, loss: 3 / step, tokensPerSecond: 14_230 });
      if (step === 2) reporter.line('a sample');
    }
    progress.stop();
    reporter.line('done');
    reporter.result({ steps: step, loss: Number.NaN });
  });
program
  .command('sample')
  .requiredOption('--checkpoint <file>', 'the checkpoint')
  .action(() => {});
await runCli(program);
