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
  whole.addHelpText('after', '\nExamples stand in examples/speech/README.md.');
  whole.description(
    'A recogniser of speech: learns recordings and their texts, and says the texts of others.',
  );
  const command = (name: string, description: string) =>
    whole.command(name).description(description).option('--run <directory>', 'its place', 'runs/speech');
  const searching = (one: Command) =>
    one
      .option('--beam <width>', 'how many texts are followed at once', kind.positiveInteger, 16)
      .option('--language-model <checkpoint>', 'a char-rnn run that knows how the texts are written')
      .option('--weight <number>', 'how much it counts', kind.nonNegativeNumber, 0.5)
      .option('--bonus <nats>', 'what each label adds beside it', kind.nonNegativeNumber, 0.5);
  command('train', 'Learns recordings, and keeps the network with the fewest errors on the validation part.')
    .option('--data <name>', 'asterisk (one voice), espeak (synthetic), tones (made up)', DATA, 'asterisk')
    .option('--audio <folder>', 'instead: a folder of WAV files')
    .option('--transcripts <files...>', 'its table: LJSpeech, Common Voice, LibriSpeech or an Asterisk list')
    .option('--unit <unit>', 'of --audio: a label is a character, or a phoneme between spaces', UNIT)
    .option('--alphabet <labels>', 'of --audio: all labels (default: those of the texts)')
    .option('--leave-out', 'of --audio: passes over texts without a file, and files without a text')
    .option('--rate <hertz>', 'at which all is heard (default: 8000 or 16000)', kind.positiveInteger)
    .option('--fold <number>', 'which of five parts, 0 to 4, is the test', (text) => Number(FOLD(text)), 0)
    .option('--minutes <count>', 'stop after this much time (default: 20)', kind.positiveNumber)
    .option('--seconds <count>', 'the same in seconds', kind.positiveNumber)
    .option('--steps <count>', 'stop after this many: repeatable exactly', kind.positiveInteger)
    .option('--units <count>', 'of each LSTM', kind.positiveInteger, 128)
    .option('--batch <count>', 'recordings learned in one step', kind.positiveInteger, 8)
    .option('--learning-rate <rate>', 'the highest', kind.positiveNumber, 0.003)
    .option('--seed <number>', 'makes a run repeatable', kind.seed, 1)
    .option('--resume', 'go on with the run, as it was begun')
    .addOption(MEASURES)
    .action((options, self: Command) => train(options, Object.keys(kind.givenOptions(self))));
  searching(command('score', 'Measures the network on the test part.'))
    .option('--errors <count>', 'how many of the errors are listed', kind.nonNegativeInteger, 10)
    .addOption(MEASURES)
    .action(score);
  searching(command('say', 'Says the likeliest texts of files.'))
    .argument('<files...>', 'WAV files of one speaker')
    .option('--best <count>', 'how many texts of each', kind.positiveInteger, 1)
    .addOption(kind.jsonOption('{ files: [{ file, texts: [{ text, logProbability, times }] }] }'))
    .action(say);
  command('show', 'Draws how likely each label is over the sound.')
    .argument('[file]', 'a WAV file (default: one of the test part)')
    .option('--text <text>', 'what is said, to show where its labels stand')
    .option('--picture <file>', 'where to, as .svg (default: ctc.svg in the run)')
    .addOption(kind.jsonOption('{ file, text, picture }'))
    .action(show);
  command('features', 'Writes what the network of a run learned from, for other programs.')
    .argument('<file>', 'a safetensors file')
    .addOption(kind.jsonOption('{ file, recordings }'))
    .action(writeFeatures);
  return whole;
}
