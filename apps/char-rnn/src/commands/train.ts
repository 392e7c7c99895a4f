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

/** `char-rnn train`. An option without a default here gets one from the text's size, or stays unset. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'Trains a model to predict the next character. Without a file it learns Moby-Dick (public domain, included). Several files are read as one text.',
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
      'unit of a token: character, byte or word',
      choice('character', 'byte', 'word'),
      DEFAULTS.unit,
    )
    .option(
      '--minimum-count <count>',
      'tokens that are rarer in the training set become unknown (default: 1; for words: 2)',
      positiveInteger,
    )
    .option(
      '--vocabulary-size <tokens>',
      'maximum size of the vocabulary: the most frequent tokens are kept (default: all; for words: 10,000)',
      vocabularySize,
    )
    .addOption(encodingOption('the text'))
    .option(
      '--normalize <form>',
      'Unicode normalisation form of the text: NFC (é is one character) or NFD (two)',
      choice('NFC', 'NFD'),
    )
    .addOption(cacheDirectoryOption());
}

function addModelOptions(command: Command): void {
  command
    .optionsGroup('Model:')
    .option('--cell <kind>', 'recurrent cell: lstm, gru or rnn', choice('lstm', 'gru', 'rnn'), DEFAULTS.cell)
    .option('--layers <count>', `number of recurrent layers (${BY_SIZE})`, positiveInteger)
    .option('--units <count>', `units of each layer (${BY_SIZE})`, positiveInteger)
    .option(
      '--embedding <size>',
      'size of a token embedding; 0: one-hot ids (default: by the size of the vocabulary)',
      nonNegativeInteger,
    )
    .option(
      '--tied',
      'use the transposed embedding as the output layer; the embedding then has --units dimensions',
    )
    .option('--residual', 'add the input of each layer to its output')
    .option('--dropout <rate>', `share of units dropped after each layer during training (${BY_SIZE})`, share)
    .option('--variational-dropout', 'drop the same units at all time steps of a batch')
    .option(
      '--init-from <checkpoint>',
      'start from the weights and model options of a checkpoint, or of the best one of a run directory',
    )
    .option('--grow-vocabulary', 'add new tokens of the text to the vocabulary of the --init-from model');
}

function addLengthOptions(command: Command): void {
  command
    .optionsGroup('Length and batches:')
    .option(
      '--sequence-length <tokens>',
      `time steps of truncated backpropagation (${BY_SIZE})`,
      positiveInteger,
    )
    .option('--batch-size <rows>', `parallel rows of the text in a batch (${BY_SIZE})`, positiveInteger)
    .option('--epochs <count>', `number of passes over the training set (${BY_SIZE})`, positiveInteger)
    .option('--steps <count>', 'number of training steps, instead of --epochs', positiveInteger)
    .option(
      '--minutes <count>',
      'stop after this time in minutes, including validation (default: no limit)',
      positiveNumber,
    )
    .option('--seconds <count>', 'stop after this time in seconds, instead of --minutes', positiveNumber)
    .option(
      '--patience <validations>',
      'stop after this number of validations without a lower loss (default: no limit)',
      positiveInteger,
    )
    .option('--quick', 'choose defaults for a run of under a minute on this backend');
}

function addOptimizerOptions(command: Command): void {
  command
    .optionsGroup('Optimizer:')
    .option(
      '--optimizer <name>',
      'optimizer: adam, rmsprop or sgd',
      choice('adam', 'rmsprop', 'sgd'),
      DEFAULTS.optimizer,
    )
    .option(
      '--beta2 <rate>',
      "decay rate of Adam's second moment (the mean of squared gradients)",
      share,
      DEFAULTS.beta2,
    )
    .option(
      '--weight-decay <rate>',
      'decoupled weight decay of matrices, as in AdamW',
      nonNegativeNumber,
      DEFAULTS.weightDecay,
    )
    .option(
      '--averaging <decay>',
      'validate and save an exponential moving average of the weights; 0.999: over about 1,000 steps; 0: none',
      share,
      DEFAULTS.averaging,
    )
    .option('--learning-rate <rate>', `highest learning rate (${BY_SIZE})`, positiveNumber)
    .option(
      '--warm-up <steps>',
      'number of steps in which the rate rises from 0, at most a tenth of the run',
      nonNegativeInteger,
      DEFAULTS.warmUp,
    )
    .option(
      '--schedule <name>',
      'learning rate schedule: constant, step, exponential, linear, cosine or plateau',
      choice('constant', 'step', 'exponential', 'linear', 'cosine', 'plateau'),
      DEFAULTS.schedule,
    )
    .option(
      '--final-learning-rate <rate>',
      'final rate of linear and cosine (default: a hundredth of the highest), minimum of plateau (default: 0)',
      nonNegativeNumber,
    )
    .option(
      '--decay-factor <factor>',
      'decay factor of step (default: 0.5), exponential (0.97) and plateau (0.5)',
      fraction,
    )
    .option(
      '--decay-every <epochs>',
      'epochs between the decays of step (default: 5) and exponential (1)',
      positiveNumber,
    )
    .option(
      '--decay-after <epochs>',
      'first epoch with a decay of step or exponential (default: 0)',
      nonNegativeNumber,
    )
    .option(
      '--plateau-patience <validations>',
      'validations without a lower loss before plateau reduces the rate (default: 3)',
      positiveInteger,
    )
    .option(
      '--clip <norm>',
      'maximum global norm of the gradients; 0: no limit',
      nonNegativeNumber,
      DEFAULTS.clip,
    )
    .option(
      '--clip-value <magnitude>',
      'maximum magnitude of each gradient value, instead of --clip',
      positiveNumber,
    )
    .option(
      '--seed <number>',
      'seed of the initial weights, dropout and samples; the same seed repeats a run',
      seed,
      DEFAULTS.seed,
    );
}

function addValidationOptions(command: Command): void {
  command
    .optionsGroup('Validation, checkpoints, log:')
    .option(
      '--validation <share>',
      'share of the text for validation, after the training set',
      fraction,
      DEFAULTS.validation,
    )
    .option(
      '--validation-limit <tokens>',
      'validate on at most this number of tokens from the start of the validation set (default: 250,000)',
      positiveInteger,
    )
    .option(
      '--test <share>',
      'share at the end of the text on which the best checkpoint is tested once',
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
      'steps between checkpoints, in addition to those at validations',
      positiveInteger,
    )
    .option('--log-every <steps>', 'steps between lines of log.jsonl', positiveInteger, DEFAULTS.logEvery)
    .option('--tensorboard', 'also write TensorBoard event files');
}

function addSampleOptions(command: Command): void {
  command
    .optionsGroup('Samples while training:')
    .option(
      '--sample-every <steps>',
      'steps between samples; 0: none (default: 5 over the run)',
      nonNegativeInteger,
    )
    .option(
      '--sample-length <tokens>',
      'length of a sample in tokens',
      positiveInteger,
      RUN_DEFAULTS.sampleLength,
    )
    .option(
      '--temperature <value>',
      'a value below 1 favours likely tokens, above 1 unlikely ones; 0: always the most likely token',
      nonNegativeNumber,
      RUN_DEFAULTS.temperature,
    );
}

function addRunOptions(command: Command): void {
  const names = Object.keys(PRESETS);
  command
    .optionsGroup('Run directory, configuration and backend:')
    .option(
      '--run-directory <directory>',
      'directory for checkpoints, log and plots (default: runs/char-rnn-N, the next free N)',
    )
    .option(
      '--resume <run>',
      'continue a run, given by its directory, or by last.safetensors or best.safetensors in it',
    )
    .option('--config <file>', 'JSON file of options; options on the command line have precedence')
    .option(
      '--preset <name>',
      `preset of options, with the lowest precedence: ${names.join(', ')}`,
      choice(...names),
    )
    .addOption(backendOption())
    .option(
      '--json',
      'print one JSON object as the last line of standard output, and everything else on standard error',
    );
}

/** Number of vocabulary tokens: at least one and the unknown token. */
function vocabularySize(text: string): number {
  const value = positiveInteger(text);
  if (value < 2) throw new InvalidArgumentError('a whole number of at least 2');
  return value;
}
