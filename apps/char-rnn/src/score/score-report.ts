import type { Reporter } from '@unrolled/app-shared';
import type { TokenUnit } from '@unrolled/data';
import { visible as escaped } from '@unrolled/errors';
import { type Measures, measuresOf, type Score, type ScoredText } from '@unrolled/language-model';
import { coloured, legend, visible } from './surprisal-colours';

/** Shows the scores of texts as they are computed. */
export interface ScoreReport {
  begin(text: ScoredText): void;
  /** A piece of the text and its −ln P. */
  piece(text: string, nats: number): void;
  /** @param score undefined if scoring was interrupted */
  end(text: ScoredText, score: Score | undefined): void;
  /** The total of all texts; undefined if there was none. */
  finish(total: Score | undefined, texts: number): void;
}

export interface ReportOptions {
  readonly unit: TokenUnit;
  /** The context of the scores: a description for people, the text itself for programs. */
  readonly condition: string;
  readonly context: string | null;
  readonly perCharacter: boolean;
  readonly colour: boolean;
}

const COLUMNS = ['ln P', 'characters', 'nats/char', 'bits/char', 'perplexity'] as const;
const WIDTHS = [12, 11, 10, 10, 11];
const LONGEST_NAME = 60;

/** A line of a table: right-aligned cells in columns of given widths, followed by a name. */
export function row(cells: readonly string[], name: string, widths: readonly number[] = WIDTHS): string {
  return `${cells.map((cell, column) => cell.padStart(widths[column]!)).join('')}  ${name}`;
}

function measuresRow(measures: Measures, name: string): string {
  const { logProbability, characters, natsPerCharacter, bitsPerCharacter, perplexity } = measures;
  const cells = [logProbability.toFixed(3), String(characters), natsPerCharacter.toFixed(4)];
  return row([...cells, bitsPerCharacter.toFixed(4), decimals(perplexity)], name);
}

/** A perplexity may be 1.002 or 10,000, so the number of decimals varies. */
function decimals(value: number): string {
  return value < 1000 ? value.toFixed(3) : value.toExponential(3);
}

/** The first words of a text, or the name of a file, on one line. */
export function nameOf({ name, isFile }: Pick<ScoredText, 'name' | 'isFile'>): string {
  const letters = Array.from(visible(name).replaceAll('\n', ''));
  if (isFile || letters.length <= LONGEST_NAME) return letters.join('');
  return `${letters.slice(0, LONGEST_NAME - 1).join('')}…`;
}

/**
 * A table. With `perCharacter`, the line of each text is preceded by the text in colours, or by a line for
 * each piece.
 */
export function tableReport(reporter: Reporter, options: ReportOptions): ScoreReport {
  const { unit, condition, perCharacter, colour } = options;
  let isBegun = false;
  const write = (text: string) => reporter.stream.write(text);
  return {
    begin() {
      if (!isBegun) {
        reporter.line(`${condition}${unit === 'character' ? '' : `; the perplexity is per ${unit}`}`);
        if (perCharacter) write(`${colour ? legend() : '   bits'}\n`);
        else reporter.line(row(COLUMNS, 'text'));
      }
      isBegun = true;
    },
    piece(text, nats) {
      const bits = nats / Math.LN2;
      if (colour) write(coloured(text, bits));
      else reporter.line(`${bits.toFixed(3).padStart(7)}  ${JSON.stringify(text)}`);
    },
    end(text, score) {
      if (perCharacter && colour) write('\n');
      if (perCharacter) reporter.line(row(COLUMNS, 'text'));
      reporter.line(score ? measuresRow(measuresOf(score), nameOf(text)) : `stopped in ${nameOf(text)}`);
    },
    finish(total, texts) {
      if (total && texts > 1) reporter.line(measuresRow(measuresOf(total), `all ${texts} texts`));
    },
  };
}

/** One JSON object on one line, written piece by piece, so long texts are not kept in memory. */
export function jsonReport(_reporter: Reporter, { unit, context, perCharacter }: ReportOptions): ScoreReport {
  const write = (text: string) => process.stdout.write(escaped(text));
  const inside = (value: object) => JSON.stringify(value).slice(1, -1);
  let texts = 0;
  let pieces = 0;
  return {
    begin({ name, isFile }) {
      if (texts === 0) write(`{${inside({ unit, context })},"texts":[`);
      else write(',');
      texts += 1;
      pieces = 0;
      write(`{${inside(isFile ? { file: name } : { text: name })},`);
      if (perCharacter) write('"surprisals":[');
    },
    piece(text, nats) {
      write(`${pieces === 0 ? '' : ','}${JSON.stringify({ text, bits: nats / Math.LN2 })}`);
      pieces += 1;
    },
    end(_, score) {
      write(`${perCharacter ? '],' : ''}${inside(score ? measuresOf(score) : { interrupted: true })}}`);
    },
    finish(total) {
      write(`],"total":${JSON.stringify(total ? measuresOf(total) : null)}}\n`);
    },
  };
}
