import { createReporter, type Reporter } from '@unrolled/app-shared';
import { readTextFile } from '@unrolled/data/node';
import {
  contextInWords,
  contextOf,
  type Ranked,
  rankScores,
  type Score,
  type ScoringContext,
  scoreText,
  type TrainedModel,
  textToScore,
} from '@unrolled/language-model';
import { interruptSignal } from '@unrolled/runs/node';
import { type ModelOptions, withModel } from '../model/with-model';
import { refuse } from '../refuse';
import { standardInputLines } from '../text/standard-input';
import { nameOf, row } from './score-report';

export interface CompareOptions extends ModelOptions {
  file?: string;
  encoding?: string;
  context?: string;
  json?: boolean;
}

type RankedSentence = Ranked & { readonly text: string };

/** Shows which of several sentences is most likely. */
export async function compareSentences(given: readonly string[], options: CompareOptions): Promise<void> {
  const reporter = createReporter(options);
  const signal = interruptSignal();
  const sentences = await sentencesOf(given, options);
  await withModel(options, reporter, async (trained) => {
    const context = contextOf('--context', options.context, trained.vocabulary, reporter.warn);
    const scores = await scored(sentences, trained, context, reporter, signal);
    if (!scores) return;
    const ranked = rankScores(scores)
      .map((one, n) => ({ text: sentences[n]!, ...one }))
      .sort((a, b) => a.rank - b.rank);
    show(reporter, ranked, contextInWords(context, trained.vocabulary));
    reporter.result({ unit: trained.vocabulary.unit, context: context.text, sentences: ranked });
  });
}

async function sentencesOf(given: readonly string[], { file, encoding }: CompareOptions): Promise<string[]> {
  if (file !== undefined && given.length > 0) {
    refuse('--file', { expected: 'no sentences together with --file', got: `${given.length}` });
  }
  const sentences = file === undefined ? [...given] : await linesOf(file, encoding);
  if (sentences.includes('')) {
    refuse('compare', { expected: 'sentences of at least one character', got: "''" });
  }
  if (sentences.length < 2) {
    refuse('compare', {
      expected: 'at least two sentences',
      got: String(sentences.length),
      remedy: 'pass them as arguments, or set --file to a file with one sentence per line',
    });
  }
  return sentences;
}

async function linesOf(file: string, encoding: string | undefined): Promise<string[]> {
  if (file !== '-') return (await readTextFile(file, encoding)).split(/\r?\n/).filter((line) => line !== '');
  const lines: string[] = [];
  for await (const { line } of standardInputLines('--file')) lines.push(line);
  return lines;
}

/** All sentences are checked before the first is scored. */
async function scored(
  sentences: readonly string[],
  trained: TrainedModel,
  context: ScoringContext,
  { warn }: Reporter,
  signal: AbortSignal,
): Promise<Score[] | undefined> {
  const { vocabulary } = trained;
  const texts = sentences.map((text, n) => textToScore(`sentence ${n + 1}`, text, { vocabulary, warn }));
  const scores: Score[] = [];
  for (const text of texts) {
    const score = await scoreText(trained, context, text, { signal });
    if (!score) return undefined;
    scores.push(score);
  }
  return scores;
}

const WIDTHS = [5, 12, 14, 11, 10, 16];

function show(reporter: Reporter, ranked: readonly RankedSentence[], condition: string): void {
  const line = (cells: readonly string[], text: string) => reporter.line(row(cells, text, WIDTHS));
  reporter.line(condition);
  line(['rank', 'ln P', 'best is ×', 'nats/char', 'bits/char', 'rank per char'], 'sentence');
  for (const one of ranked) {
    const { logProbability, natsPerCharacter, bitsPerCharacter, rankPerCharacter, behind } = one;
    line(
      [
        `${one.rank === 1 ? '→ ' : ''}${one.rank}`,
        logProbability.toFixed(3),
        times(behind),
        natsPerCharacter.toFixed(4),
        bitsPerCharacter.toFixed(4),
        `${rankPerCharacter === 1 ? '→ ' : ''}${rankPerCharacter}`,
      ],
      nameOf({ name: one.text, isFile: false }),
    );
  }
}

/** The ratio of two probabilities, from their difference in nats; above 10¹⁵ as a power of ten. */
function times(nats: number): string {
  const factor = Math.exp(nats);
  if (factor < 1000) return factor.toFixed(factor < 10 ? 2 : 0);
  return factor < 1e15 ? factor.toExponential(1) : `10^${Math.round(nats / Math.LN10)}`;
}
