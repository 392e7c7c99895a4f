import * as kind from '@unrolled/app-shared';
import { Command } from 'commander';
import { writeFeatures } from './features-file';
import { show } from './show';
import { train } from './train';
import { say, score } from './use';

const DATA = kind.choice('asterisk', 'espeak', 'tones');
const UNIT = kind.choice('character', 'phoneme');
const FOLD = kind.choice('0', '1', '2', '3', '4');
const MEASURES = kind.jsonOption('{ characterErrorRate, wordErrorRate, phonemeErrorRate, steps }');

/** The command line. */
export function program(): Command {
  const whole = new Command('speech');
  whole.addHelpText('after', '\nexamples/speech/README.md has examples.');
  whole.description('Recognises speech: trains on recordings with transcripts, and transcribes others.');
  const command = (name: string, description: string) =>
    whole
      .command(name)
      .description(description)
      .option('--run <directory>', 'directory of the run', 'runs/speech');
  const searching = (one: Command) =>
    one
      .option('--beam <width>', 'width of the beam search', kind.positiveInteger, 16)
      .option('--language-model <checkpoint>', 'a char-rnn run that was trained on similar texts')
      .option('--weight <number>', 'weight of the language model', kind.nonNegativeNumber, 0.5)
      .option(
        '--bonus <nats>',
        'number of nats added to the score for each label',
        kind.nonNegativeNumber,
        0.5,
      );
  command('train', 'Trains a network, and keeps the one with the fewest errors on the validation set.')
    .option(
      '--data <name>',
      'recordings: asterisk (one voice), espeak (synthetic speech) or tones (generated)',
      DATA,
      'asterisk',
    )
    .option('--audio <folder>', 'folder of WAV files to use instead of --data')
    .option(
      '--transcripts <files...>',
      'transcripts of --audio: LJSpeech, Common Voice, LibriSpeech or an Asterisk list',
    )
    .option('--unit <unit>', 'with --audio: unit of a label, a character or a phoneme between spaces', UNIT)
    .option('--alphabet <labels>', 'with --audio: all labels (default: those of the texts)')
    .option('--leave-out', 'with --audio: skip texts without a file, and files without a text')
    .option('--rate <hertz>', 'sample rate of all recordings (default: 8000 or 16000)', kind.positiveInteger)
    .option('--fold <number>', 'the fold that is the test set, 0 to 4', (text) => Number(FOLD(text)), 0)
    .option('--minutes <count>', 'stop after this time in minutes (default: 20)', kind.positiveNumber)
    .option('--seconds <count>', 'stop after this time in seconds, instead of --minutes', kind.positiveNumber)
    .option(
      '--steps <count>',
      'stop after this number of steps; such a run can be repeated exactly',
      kind.positiveInteger,
    )
    .option('--units <count>', 'units of each LSTM', kind.positiveInteger, 128)
    .option('--batch-size <count>', 'recordings in a batch', kind.positiveInteger, 8)
    .option('--learning-rate <rate>', 'highest learning rate', kind.positiveNumber, 0.003)
    .option('--seed <number>', 'seed of all random numbers; the same seed repeats a run', kind.seed, 1)
    .option('--resume', 'continue the run with its original settings')
    .addOption(MEASURES)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  searching(command('score', 'Scores the network on the test set.'))
    .option('--errors <count>', 'number of wrong texts to list', kind.nonNegativeInteger, 10)
    .addOption(MEASURES)
    .action(score);
  searching(command('say', 'Prints the most likely texts of files.'))
    .argument('<files...>', 'WAV files of one speaker')
    .option('--best <count>', 'number of texts for each file', kind.positiveInteger, 1)
    .addOption(kind.jsonOption('{ files: [{ file, texts: [{ text, logProbability, times }] }] }'))
    .action(say);
  command('show', 'Plots the probability of each label over the sound.')
    .argument('[file]', 'a WAV file (default: one of the test set)')
    .option('--text <text>', 'the spoken text, to plot the positions of its labels')
    .option('--picture <file>', 'path of the picture, .svg (default: ctc.svg in the run)')
    .addOption(kind.jsonOption('{ file, text, picture }'))
    .action(show);
  command('features', "Writes the training data of a run's network, for other programs.")
    .argument('<file>', 'path of the safetensors file to write')
    .addOption(kind.jsonOption('{ file, recordings }'))
    .action(writeFeatures);
  return whole;
}
