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

/** `char-rnn train`. Options without a default here get one from the text's size, or stay unset. */
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
      'rarer tokens of the training part become unknown (default: 1, for words 2)',
      positiveInteger,
    )
    .option(
      '--vocabulary-size <tokens>',
      'at most this number of the most frequent tokens is known (default: all, for words 10,000)',
      vocabularySize,
    )
    .addOption(encodingOption('the text'))
    .option(
      '--normalize <form>',
      'normalise letters: NFC (é is one character) or NFD (two)',
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
      'size of a token embedding; 0: one-hot ids (default: by the size of the vocabulary)',
      nonNegativeInteger,
    )
    .option('--tied', 'use the transposed embedding as the output layer; the embedding has --units numbers')
    .option('--residual', 'add the input of a layer to its output')
    .option('--dropout <rate>', `share of units dropped after each layer during training (${BY_SIZE})`, share)
    .option('--variational-dropout', 'drop the same units at all steps of a batch')
    .option(
      '--init-from <checkpoint>',
      'start from the weights of a checkpoint, or of the best one of a run directory, and its model options',
    )
    .option('--grow-vocabulary', 'add new tokens of the text to the vocabulary of the model of --init-from');
}

function addLengthOptions(command: Command): void {
  command
    .optionsGroup('Length and batches:')
    .option('--sequence-length <tokens>', `steps of truncated backpropagation (${BY_SIZE})`, positiveInteger)
    .option('--batch-size <rows>', `rows of the text in a batch (${BY_SIZE})`, positiveInteger)
    .option('--epochs <count>', `passes through the training part (${BY_SIZE})`, positiveInteger)
    .option('--steps <count>', 'training steps, instead of --epochs', positiveInteger)
    .option('--minutes <count>', 'stop after this time, including validation', positiveNumber)
    .option('--seconds <count>', 'the same in seconds', positiveNumber)
    .option(
      '--patience <validations>',
      'stop after this number of validations without a better loss',
      positiveInteger,
    )
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
    .option('--beta2 <rate>', "decay of Adam's mean of squared gradients", share, DEFAULTS.beta2)
    .option('--weight-decay <rate>', "AdamW's decay of matrices", nonNegativeNumber, DEFAULTS.weightDecay)
    .option(
      '--averaging <decay>',
      'validate and save a moving average of the weights; 0.999: about 1,000 steps; 0: none',
      share,
      DEFAULTS.averaging,
    )
    .option('--learning-rate <rate>', `highest learning rate (${BY_SIZE})`, positiveNumber)
    .option(
      '--warm-up <steps>',
      'number of steps of the rise from 0, at most a tenth of the run',
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
      'final rate of linear and cosine (default: a hundredth), minimum of plateau (default: 0)',
      nonNegativeNumber,
    )
    .option(
      '--decay-factor <factor>',
      'factor of step (default: 0.5), exponential (0.97) and plateau (0.5)',
      fraction,
    )
    .option(
      '--decay-every <epochs>',
      'epochs between decays of step (default: 5) and exponential (1)',
      positiveNumber,
    )
    .option('--decay-after <epochs>', 'first epoch of step and exponential (default: 0)', nonNegativeNumber)
    .option(
      '--plateau-patience <validations>',
      'validations without a better loss before plateau reduces the rate (default: 3)',
      positiveInteger,
    )
    .option(
      '--clip <norm>',
      'maximum global norm of the gradients; 0: no limit',
      nonNegativeNumber,
      DEFAULTS.clip,
    )
    .option('--clip-value <magnitude>', 'maximum value in a gradient, instead of --clip', positiveNumber)
    .option('--seed <number>', 'makes a run repeatable', seed, DEFAULTS.seed);
}

function addValidationOptions(command: Command): void {
  command
    .optionsGroup('Validation, checkpoints, log:')
    .option(
      '--validation <share>',
      'share of the text for validation, after the training part',
      fraction,
      DEFAULTS.validation,
    )
    .option(
      '--validation-limit <tokens>',
      'validate on this number of its first tokens (default: 250,000)',
      positiveInteger,
    )
    .option(
      '--test <share>',
      'share at the end of the text, on which the best checkpoint is measured once',
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
      'below 1 favours likely tokens, above 1 unlikely ones; 0: always the most likely',
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
      'directory for checkpoints, log and plots (default: runs/char-rnn-N, the next free N)',
    )
    .option('--resume <run>', 'continue a run: its directory, or its last.safetensors or best.safetensors')
    .option('--config <file>', 'JSON file of options; the command line has precedence')
    .option(
      '--preset <name>',
      `preset of options, with the lowest precedence: ${names.join(', ')}`,
      choice(...names),
    )
    .addOption(backendOption())
    .option(
      '--json',
      'print one JSON object as the last line of standard output, and the rest on standard error',
    );
}

/** Tokens of a vocabulary: one, and the unknown one. */
function vocabularySize(text: string): number {
  const value = positiveInteger(text);
  if (value < 2) throw new InvalidArgumentError('a whole number of at least 2');
  return value;
}
