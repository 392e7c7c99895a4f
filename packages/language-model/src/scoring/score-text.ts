import type { Vocabulary } from '@unrolled/data';
import type { OptionKinds } from '@unrolled/errors';
import { type SequenceScorer, sequenceScorer } from '@unrolled/training';
import type { TrainedModel } from '../checkpoint/checkpoint';
import { checkModel, checkSource, checkVocabulary } from '../records';
import { checkKind, checkOptions } from '../refuse';
import { encodeText } from '../text/token-ids';
import type { ScoredText } from './scored-text';

/** The probability of a text under a model. */
export interface Score {
  /** ln P(text | context), in nats. */
  readonly logProbability: number;
  readonly tokens: number;
  readonly characters: number;
}

/** A score in the usual measures. */
export interface Measures extends Score {
  readonly natsPerCharacter: number;
  readonly bitsPerCharacter: number;
  /** Perplexity: e^(mean nats per token). */
  readonly perplexity: number;
}

const SCORE_MEASURES: OptionKinds<Score> = {
  logProbability: 'number',
  tokens: 'number',
  characters: 'number',
};

/** The measures of a score. */
export function measuresOf(score: Score): Measures {
  checkOptions('measuresOf', score, SCORE_MEASURES, true);
  const { logProbability, tokens, characters } = score;
  const natsPerCharacter = (0 - logProbability) / characters;
  return {
    ...score,
    natsPerCharacter,
    bitsPerCharacter: natsPerCharacter / Math.LN2,
    perplexity: Math.exp((0 - logProbability) / tokens),
  };
}

/** The total of all texts. */
export function sumOfScores(scores: readonly Score[]): Score {
  checkKind('sumOfScores', 'scores', scores, 'array');
  for (const score of scores) checkOptions('sumOfScores', score, SCORE_MEASURES, true);
  const sum = (key: keyof Score) => scores.reduce((total, score) => total + score[key], 0);
  return { logProbability: sum('logProbability'), tokens: sum('tokens'), characters: sum('characters') };
}

/** The context: the text before each scored text. */
export interface ScoringContext {
  /** The context as text; null for none. */
  readonly text: string | null;
  /** No context: every token has the same probability at the start. */
  readonly ids: Int32Array;
}

/**
 * Prepares the context of scores.
 *
 * @param scope the name of the context in messages
 * @param given if undefined, the context is a line end, or nothing if the model has no token for it
 * @throws UnrolledError for tokens that the model has not seen, if it has no unknown token
 */
export function contextOf(
  scope: string,
  given: string | undefined,
  vocabulary: Vocabulary,
  warn: (line: string) => void,
): ScoringContext {
  checkKind('contextOf', 'scope', scope, 'string');
  checkKind('contextOf', 'given', given, 'string?');
  checkVocabulary('contextOf', vocabulary);
  checkKind('contextOf', 'warn', warn, 'function');
  const text = given ?? (vocabulary.has('\n') ? '\n' : '');
  return { text: text || null, ids: encodeText(scope, text, vocabulary, warn) };
}

const CONTEXT_KINDS: OptionKinds<Pick<ScoringContext, 'ids'>> = { ids: 'Int32Array' };

const TRAINED_KINDS: OptionKinds<Pick<TrainedModel, 'model' | 'params' | 'vocabulary'>> = {
  model: 'object',
  params: 'array',
  vocabulary: 'object',
};

const TEXT_KINDS: OptionKinds<Pick<ScoredText, 'tokens' | 'symbols' | 'characters'>> = {
  tokens: 'object',
  symbols: 'function',
  characters: 'integer of at least 0',
};

/** The context in words: `after "\n"`. */
export function contextInWords(context: ScoringContext, vocabulary: Vocabulary): string {
  checkVocabulary('contextInWords', vocabulary);
  const { unit } = vocabulary;
  checkOptions('contextInWords', context, CONTEXT_KINDS, true);
  const { text } = context;
  if (text !== null) checkKind('contextInWords', 'text', text, 'string');
  if (text !== null) return `each text is read after ${JSON.stringify(text)}`;
  return `each text is read without context: its first ${unit} has the same probability as any other`;
}

/** Number of tokens between two turns of the event loop. */
const BLOCK = 1024;

export interface ScoringOptions {
  /** If the signal aborts, the rest of the text is skipped. */
  readonly signal: AbortSignal;
  /** Called with each piece of the text and its −ln P: a token or, for a model of bytes, a character. */
  readonly onPiece?: (text: string, nats: number) => void;
  /** Called regularly with the number of completed tokens. */
  readonly onProgress?: (tokens: number) => void;
}

const SCORE_TEXT_KINDS: OptionKinds<ScoringOptions> = {
  signal: 'AbortSignal',
  onPiece: 'function?',
  onProgress: 'function?',
};

/**
 * Reads a text of any length, and sums the log-probabilities of its tokens.
 *
 * @returns undefined if the signal aborted
 */
export async function scoreText(
  trained: TrainedModel,
  context: ScoringContext,
  text: ScoredText,
  options: ScoringOptions,
): Promise<Score | undefined> {
  checkOptions('scoreText', trained, TRAINED_KINDS, true);
  checkModel('scoreText', trained.model);
  checkVocabulary('scoreText', trained.vocabulary);
  checkOptions('scoreText', context, CONTEXT_KINDS, true);
  checkOptions('scoreText', text, TEXT_KINDS, true);
  checkSource('scoreText', text.tokens);
  checkOptions('scoreText', options, SCORE_TEXT_KINDS);
  const { signal, onPiece, onProgress } = options;
  const tell = onPiece && pieceTeller(trained.vocabulary, onPiece);
  const { length } = text.tokens;
  const scorer = scorerAfter(context, trained);
  let logProbability = 0;
  try {
    for (let start = 0; start < length; start += BLOCK) {
      const end = Math.min(length, start + BLOCK);
      const scores = scorer.next(text.tokens.read(start, end));
      for (const score of scores) logProbability += score;
      if (tell) for (const [at, symbol] of text.symbols(start, end).entries()) tell(symbol, 0 - scores[at]!);
      onProgress?.(end);
      await turn();
      if (signal.aborted) return undefined;
    }
  } finally {
    scorer.dispose();
  }
  return { logProbability, tokens: length, characters: text.characters };
}

/**
 * Waits for one turn of the event loop, so an abort is noticed. setImmediate exists only in Node, and avoids
 * the millisecond of a timer.
 */
function turn(): Promise<void> {
  const { setImmediate = setTimeout } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A scorer that has read the context. Without context, the first token has the probability 1 / V. */
function scorerAfter({ ids }: ScoringContext, { model, params, vocabulary }: TrainedModel): SequenceScorer {
  if (ids.length > 0) return sequenceScorer({ model, params, context: ids });
  let scorer: SequenceScorer | undefined;
  return {
    next(tokens) {
      if (scorer || tokens.length === 0) return scorer?.next(tokens) ?? new Float32Array();
      const [first, ...rest] = Array.from(tokens);
      scorer = sequenceScorer({ model, params, context: [first!] });
      return Float32Array.of(0 - Math.log(vocabulary.size), ...scorer.next(rest));
    },
    dispose: () => scorer?.dispose(),
  };
}

/** Combines bytes to characters; other tokens are unchanged. */
function pieceTeller(vocabulary: Vocabulary, tell: NonNullable<ScoringOptions['onPiece']>) {
  if (vocabulary.unit !== 'byte') return tell;
  const decoder = vocabulary.decoder();
  let sum = 0;
  return (symbol: string, nats: number) => {
    sum += nats;
    const text = decoder.write(vocabulary.id(symbol));
    if (text === '') return;
    tell(text, sum);
    sum = 0;
  };
}
