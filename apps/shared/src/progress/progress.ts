import type { Reporter } from '../cli/reporter';
import { formatCount, formatLoss, formatSeconds } from './format';

/** The values of one training step. */
export interface ProgressUpdate {
  /** Number of completed steps, from 1. */
  step: number;
  /** The step's loss, in the loss's own unit. */
  loss?: number;
  tokensPerSecond?: number;
  validationLoss?: number;
  /** Updates the expected last step. A run limited by time does not know it in advance. */
  total?: number;
}

export interface Progress {
  update(update: ProgressUpdate): void;
  /**
   * Stops the bar (its last state stays on the terminal), or prints the last plain line. It may be called
   * twice.
   */
  stop(): void;
}

export interface ProgressOptions {
  reporter: Reporter;
  /** The last step of the run. */
  total: number;
  /** The word for a step. Default `step`. */
  unit?: string;
  /** The step from which a resumed run starts; used for the remaining time. Default 0. */
  initial?: number;
  /** Returns the time in milliseconds; replaced in tests. */
  now?: () => number;
}

/** Approximate number of plain lines of a run. */
const PLAIN_LINES = 20;
/** A slow run prints a line after this time at the latest. */
const LONGEST_SILENCE_MILLISECONDS = 30_000;
/** Ten updates a second look smooth. */
const REDRAW_MILLISECONDS = 100;
const USUAL_WORDS = 50;
const CLEAR_LINE = '\u001b[2K';
const CLEAR_TO_END = '\u001b[K';

/**
 * Shows the loss, tokens per second and the remaining time: as a bar if lines go to a terminal, otherwise as
 * about 20 plain lines over the run (and at least one every 30 s), never one for each step.
 */
export function createProgress(options: ProgressOptions): Progress {
  const { stream } = options.reporter;
  return stream.isTTY && process.env.TERM !== 'dumb' ? barProgress(options) : plainProgress(options);
}

/** The text after the bar: `loss 2.3112 · 14.2k tokens/s · 1m 20s left`. */
function describe(update: ProgressUpdate, secondsLeft: number | undefined): string {
  const parts: string[] = [];
  if (update.loss !== undefined) parts.push(`loss ${formatLoss(update.loss)}`);
  if (update.validationLoss !== undefined) parts.push(`validation ${formatLoss(update.validationLoss)}`);
  if (update.tokensPerSecond !== undefined) parts.push(`${formatCount(update.tokensPerSecond)} tokens/s`);
  if (secondsLeft !== undefined) parts.push(`${formatSeconds(secondsLeft)} left`);
  return parts.join(' · ');
}

/**
 * The remaining time at the mean speed so far. It is unknown until the second step, because the first one
 * includes warm-up.
 */
function paceOf({
  initial = 0,
  now = Date.now,
}: ProgressOptions): (step: number, total: number) => number | undefined {
  let first: { step: number; at: number } | undefined;
  return (step, total) => {
    const at = now();
    first ??= { step: Math.max(step, initial), at };
    if (step <= first.step) return undefined;
    return ((at - first.at) / 1000 / (step - first.step)) * Math.max(0, total - step);
  };
}

/** A line that is overwritten in place. The last one stays. */
function barProgress(options: ProgressOptions): Progress {
  const { reporter, unit = 'step', initial = 0, now = Date.now } = options;
  const secondsLeft = paceOf(options);
  let { total } = options;
  const { stream } = reporter;
  let text = '';
  let drawnAt = Number.NEGATIVE_INFINITY;
  let latest: ProgressUpdate | undefined;
  let active = true;
  const clear = () => stream.write(`\r${CLEAR_LINE}`);
  const draw = () => stream.write(`\r${text}${CLEAR_TO_END}`);
  const show = (step: number, words: string) => {
    text = barLine({ unit, step, total, words, columns: stream.columns ?? 80 });
    drawnAt = now();
    draw();
  };
  show(initial, 'starting');
  reporter.setFooter({ clear, redraw: draw });
  return {
    update: (update) => {
      if (!active) return;
      latest = update;
      total = update.total ?? total;
      const left = secondsLeft(update.step, total);
      if (now() - drawnAt >= REDRAW_MILLISECONDS) show(update.step, describe(update, left));
    },
    stop: () => {
      if (!active) return;
      active = false;
      reporter.setFooter(undefined);
      if (latest) show(latest.step, describe(latest, undefined));
      stream.write('\n');
    },
  };
}

/**
 * `step 120/1000 [===>      ] 12% · loss …`, cut to the terminal's width: a line that wraps cannot be
 * rewritten.
 */
function barLine(state: {
  unit: string;
  step: number;
  total: number;
  words: string;
  columns: number;
}): string {
  const { unit, step, total, words, columns } = state;
  const done = total > 0 ? Math.min(1, step / total) : 1;
  const head = `${unit} ${String(step).padStart(String(total).length)}/${total}`;
  const tail = `${Math.floor(done * 100)}% · ${words}`;
  // Minimum width of the text, so the bar does not change its length.
  const width = Math.min(30, columns - 5 - head.length - Math.max(tail.length, USUAL_WORDS));
  if (width < 5) return `${head} ${tail}`.slice(0, columns - 1);
  const filled = Math.round(done * width);
  const bar = '='.repeat(filled) + (filled < width ? '>' : '');
  return `${head} [${bar.padEnd(width)}] ${tail}`;
}

function plainProgress(options: ProgressOptions): Progress {
  const { reporter, unit = 'step', initial = 0, now = Date.now } = options;
  const secondsLeft = paceOf(options);
  let { total } = options;
  let pending: ProgressUpdate | undefined;
  let lastStep = initial;
  let lastAt = now();
  const print = (update: ProgressUpdate, left: number | undefined) => {
    pending = undefined;
    lastStep = update.step;
    lastAt = now();
    reporter.line([`${unit} ${update.step}/${total}`, describe(update, left)].filter(Boolean).join(' · '));
  };
  return {
    update: (update) => {
      total = update.total ?? total;
      const left = secondsLeft(update.step, total);
      const every = Math.max(1, Math.ceil((total - initial) / PLAIN_LINES));
      const due = update.step - lastStep >= every || now() - lastAt >= LONGEST_SILENCE_MILLISECONDS;
      if (due || update.step === initial + 1 || update.step === total) print(update, left);
      else pending = update;
    },
    stop: () => {
      if (pending) print(pending, undefined);
    },
  };
}
