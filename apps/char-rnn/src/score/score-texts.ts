import { createReporter, type Reporter } from '@unrolled/app-shared';
import {
  contextInWords,
  contextOf,
  fileUnitOf,
  type Score,
  type ScoredText,
  scoreText,
  sumOfScores,
  textToScore,
} from '@unrolled/language-model';
import { type FileScoringOptions, filesToScore } from '@unrolled/language-model/node';
import { interruptSignal } from '@unrolled/runs/node';
import { type ModelOptions, withModel } from '../model/with-model';
import { standardInputLines } from '../text/standard-input';
import { jsonReport, tableReport } from './score-report';
import { type ColourChoice, usesColour } from './surprisal-colours';

export interface ScoreOptions extends ModelOptions {
  text?: readonly string[];
  context?: string;
  perCharacter?: boolean;
  color: ColourChoice;
  cacheDirectory?: string;
  encoding?: string;
  json?: boolean;
}

/** Shows the probability of texts under a model, in total and by character. */
export async function scoreTexts(files: readonly string[], options: ScoreOptions): Promise<void> {
  const reporter = createReporter(options);
  const signal = interruptSignal();
  await withModel(options, reporter, async (trained) => {
    const { vocabulary } = trained;
    const { warn } = reporter;
    const context = contextOf('--context', options.context, vocabulary, warn);
    const report = (options.json ? jsonReport : tableReport)(reporter, {
      unit: fileUnitOf('score', vocabulary),
      ...{ context: context.text, condition: contextInWords(context, vocabulary) },
      perCharacter: options.perCharacter ?? false,
      colour: usesColour(options.color, process.stdout),
    });
    const scores: Score[] = [];
    for await (const text of textsOf(files, options, { vocabulary, warn, signal })) {
      report.begin(text);
      const score = await scoreText(trained, context, text, {
        signal,
        ...(options.perCharacter && { onPiece: report.piece }),
        onProgress: progressTeller(reporter, text),
      });
      report.end(text, score);
      if (!score) break;
      scores.push(score);
    }
    report.finish(scores.length > 0 ? sumOfScores(scores) : undefined, scores.length);
  });
}

/**
 * The texts to score: the files or given texts, all checked before the first is scored; or the lines of
 * standard input, scored as they arrive.
 */
async function* textsOf(
  files: readonly string[],
  { text: given, cacheDirectory, encoding, json }: ScoreOptions,
  reading: FileScoringOptions,
): AsyncGenerator<ScoredText, void, void> {
  if (files.length > 0) {
    const texts = await filesToScore(files, {
      ...reading,
      encoding,
      ...(cacheDirectory && { cacheDirectory }),
    });
    try {
      yield* texts;
    } finally {
      for (const text of texts) await text.close();
    }
  } else if (given) {
    const inMemory = { vocabulary: reading.vocabulary, warn: reading.warn };
    yield* given.map((text) => textToScore('--text', text, inMemory));
  } else if (json) {
    const texts: ScoredText[] = [];
    for await (const text of linesToScore(reading)) texts.push(text);
    yield* texts;
  } else yield* linesToScore(reading);
}

async function* linesToScore(reading: FileScoringOptions): AsyncGenerator<ScoredText, void, void> {
  for await (const { number, line } of standardInputLines('score')) {
    yield textToScore(`line ${number}`, line, { vocabulary: reading.vocabulary, warn: reading.warn });
  }
}

const SILENCE_MILLISECONDS = 5000;

/** Prints a line every few seconds while a long text is scored. */
function progressTeller(reporter: Reporter, { tokens }: ScoredText): (done: number) => void {
  let last = performance.now();
  return (done) => {
    if (performance.now() - last < SILENCE_MILLISECONDS) return;
    last = performance.now();
    reporter.warn(`scored ${Math.floor((100 * done) / tokens.length)} %`);
  };
}
