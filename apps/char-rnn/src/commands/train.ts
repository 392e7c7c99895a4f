import {
  backendOption,
  choice,
  fraction,
  givenOptions,
  nonNegativeInteger,
  nonNegativeNumber,
  optionForms,
  positiveInteger,
  positiveNumber,
  seed,
  share,
} from '@unrolled/app-shared';
import { DEFAULTS, PRESETS } from '@unrolled/language-model/settings';
import { Command, InvalidArgumentError } from 'commander';
import { RUN_DEFAULTS, type TrainOptions } from '../settings/run-settings';
import { cacheDirectoryOption, encodingOption } from './options';

const BY_SIZE = "default: by the text's size";

/** `char-rnn train`. What has no default here gets one from the text's size, or stays unset. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'Learns to predict the next character. Without a file: Moby-Dick (public domain, bundled). Several files are read as one text.',
    )
    .argument('[files...]', "UTF-8 text files, patterns ('texts/**/*.txt'), - for standard input");
  addTextOptions(command);
  addModelOptions(command);
  addLengthOptions(command);
  addOptimizerOptions(command);
  addValidationOptions(command);
  addSampleOptions(command);
  addRunOptions(command);
  return command.action(async (files: string[], _options: object, self: Command) => {
    const { trainOnFiles } = await import('../train/train-on-files');
    await trainOnFiles(files, givenOptions<TrainOptions>(self), optionForms(self));
  });
}

function addTextOptions(command: Command): void {
  command
    .optionsGroup('Text:')
    .option(
      '--unit <unit>',
      'what a token is: character, byte or word',
      choice('character', 'byte', 'word'),
      DEFAULTS.unit,
    )
    .option(
      '--minimum-count <count>',
      'tokens that are rarer in the training part are unknown (default: 1, of words 2)',
      positiveInteger,
    )
    .option(
      '--vocabulary-size <tokens>',
      'only this many of the commonest are known (default: all, of words 10,000)',
      vocabularySize,
    )
    .addOption(encodingOption('the text'))
    .option(
      '--normalize <form>',
      'bring letters into one form: NFC (é is one character) or NFD (two)',
      choice('NFC', 'NFD'),
    )
    .addOption(cacheDirectoryOption());
}

function addModelOptions(command: Command): void {
  command
    .optionsGroup('Model:')
    .option('--cell <kind>', 'lstm, gru or rnn', choice('lstm', 'gru', 'rnn'), DEFAULTS.cell)
    .option('--layers <count>', `recurrent layers (${BY_SIZE})`, positiveInteger)
    .option('--units <count>', `units of each layer (${BY_SIZE})`, positiveInteger)
    .option(
      '--embedding <size>',
      'length of a token embedding; 0: one-hot ids (default: by the size of the vocabulary)',
      nonNegativeInteger,
    )
    .option('--tied', "score with the embedding's transpose; the embedding is as long as --units")
    .option('--residual', 'add the input of a layer to its output')
    .option('--dropout <rate>', `share of units dropped above each layer while training (${BY_SIZE})`, share)
    .option('--variational-dropout', 'drop the same units at all steps of a batch')
    .option(
      '--init-from <checkpoint>',
      'begin with the weights of a checkpoint, or of the best one of a run directory, which also gives the model options',
    )
    .option('--grow-vocabulary', 'add what the model of --init-from has not seen to its vocabulary');
}

function addLengthOptions(command: Command): void {
  command
    .optionsGroup('How much, in which pieces:')
    .option('--sequence-length <tokens>', `how far gradients reach back (${BY_SIZE})`, positiveInteger)
    .option('--batch-size <rows>', `parts of the text read side by side (${BY_SIZE})`, positiveInteger)
    .option('--epochs <count>', `times through the training part (${BY_SIZE})`, positiveInteger)
    .option('--steps <count>', 'training steps, instead of --epochs', positiveInteger)
    .option('--minutes <count>', 'stop after this much time, validation included', positiveNumber)
    .option('--seconds <count>', 'the same in seconds', positiveNumber)
    .option('--patience <validations>', 'stop after this many without a better loss', positiveInteger)
    .option('--quick', 'a run of under a minute: other defaults, by the backend');
}

function addOptimizerOptions(command: Command): void {
  command
    .optionsGroup('Optimizer:')
    .option(
      '--optimizer <name>',
      'adam, rmsprop or sgd',
      choice('adam', 'rmsprop', 'sgd'),
      DEFAULTS.optimizer,
    )
    .option('--beta2 <rate>', "how slowly Adam's mean of squared gradients forgets", share, DEFAULTS.beta2)
    .option('--weight-decay <rate>', "AdamW's, of matrices", nonNegativeNumber, DEFAULTS.weightDecay)
    .option(
      '--averaging <decay>',
      'validate and keep a moving average of the weights; 0.999: of about 1,000 steps; 0: none',
      share,
      DEFAULTS.averaging,
    )
    .option('--learning-rate <rate>', `the highest (${BY_SIZE})`, positiveNumber)
    .option(
      '--warm-up <steps>',
      'rise to it over this many steps, at most a tenth of the run',
      nonNegativeInteger,
      DEFAULTS.warmUp,
    )
    .option(
      '--schedule <name>',
      'constant, step, exponential, linear, cosine or plateau',
      choice('constant', 'step', 'exponential', 'linear', 'cosine', 'plateau'),
      DEFAULTS.schedule,
    )
    .option(
      '--final-learning-rate <rate>',
      'where linear and cosine end (default: a hundredth), the least of plateau (default: 0)',
      nonNegativeNumber,
    )
    .option(
      '--decay-factor <factor>',
      'of step (default: 0.5), exponential (0.97) and plateau (0.5)',
      fraction,
    )
    .option('--decay-every <epochs>', 'of step (default: 5) and exponential (1)', positiveNumber)
    .option('--decay-after <epochs>', 'where step and exponential begin (default: 0)', nonNegativeNumber)
    .option(
      '--plateau-patience <validations>',
      'without a better loss, before plateau reduces the rate (default: 3)',
      positiveInteger,
    )
    .option('--clip <norm>', 'largest global norm of the gradients; 0: any', nonNegativeNumber, DEFAULTS.clip)
    .option('--clip-value <magnitude>', 'largest number in a gradient, instead of --clip', positiveNumber)
    .option('--seed <number>', 'makes a run repeatable', seed, DEFAULTS.seed);
}

function addValidationOptions(command: Command): void {
  command
    .optionsGroup('Validation, checkpoints, log:')
    .option(
      '--validation <share>',
      'share of the text, behind the training part, kept for validation',
      fraction,
      DEFAULTS.validation,
    )
    .option(
      '--validation-limit <tokens>',
      'validate on this many of them, from the start (default: 250,000)',
      positiveInteger,
    )
    .option(
      '--test <share>',
      'share at the very end, on which the best checkpoint is measured once',
      share,
      DEFAULTS.test,
    )
    .option(
      '--validate-every <steps>',
      'steps between validations (default: 20 over the run)',
      positiveInteger,
    )
    .option(
      '--checkpoint-every <steps>',
      'steps between checkpoints, besides those at validations',
      positiveInteger,
    )
    .option('--log-every <steps>', 'steps between lines of log.jsonl', positiveInteger, DEFAULTS.logEvery)
    .option('--tensorboard', "write TensorBoard's event files too");
}

function addSampleOptions(command: Command): void {
  command
    .optionsGroup('Samples while training:')
    .option(
      '--sample-every <steps>',
      'steps between samples; 0: none (default: 5 over the run)',
      nonNegativeInteger,
    )
    .option('--sample-length <tokens>', 'length of a sample', positiveInteger, RUN_DEFAULTS.sampleLength)
    .option(
      '--temperature <value>',
      'below 1 plays safe, above 1 dares; 0: always the likeliest',
      nonNegativeNumber,
      RUN_DEFAULTS.temperature,
    );
}

function addRunOptions(command: Command): void {
  const names = Object.keys(PRESETS);
  command
    .optionsGroup('Where and how:')
    .option(
      '--run-directory <directory>',
      'checkpoints, log and plots go there (default: runs/char-rnn-N, the next free N)',
    )
    .option('--resume <run>', 'go on with a run: its directory, or its last.safetensors or best.safetensors')
    .option('--config <file>', 'options as a JSON object, below those given here')
    .option('--preset <name>', `options below those: ${names.join(', ')}`, choice(...names))
    .addOption(backendOption())
    .option('--json', 'one JSON object as the last line of standard output, the rest on standard error');
}

/** Tokens of a vocabulary: one, and the unknown one. */
function vocabularySize(text: string): number {
  const value = positiveInteger(text);
  if (value < 2) throw new InvalidArgumentError('a whole number of at least 2');
  return value;
}
