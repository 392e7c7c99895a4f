/** Text on a terminal, with the surprisal of each character as its background colour. */
import { visible as escaped } from '@unrolled/errors';

/**
 * The levels of surprisal, from low to high: the upper limit in bits, and the background in the 256-colour
 * palette.
 */
const LEVELS = [
  { bits: 0.5, colour: 231 },
  { bits: 1, colour: 230 },
  { bits: 2, colour: 229 },
  { bits: 3, colour: 222 },
  { bits: 4, colour: 215 },
  { bits: 6, colour: 208 },
  { bits: 8, colour: 202 },
  { bits: Number.POSITIVE_INFINITY, colour: 196 },
] as const;

const BLACK = 16;
const RESET = '\u001b[0m';

/** `auto` uses colours on a terminal, unless NO_COLOR is set (no-color.org). */
export type ColourChoice = 'always' | 'never' | 'auto';

/** Whether to write colours to a stream. */
export function usesColour(choice: ColourChoice, stream: { readonly isTTY?: boolean }): boolean {
  if (choice !== 'auto') return choice === 'always';
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/**
 * A piece of text with the colour of its bits. Control characters and invisible ones are replaced by visible
 * symbols.
 */
export function coloured(text: string, bits: number): string {
  const { colour } = LEVELS.find((level) => bits < level.bits) ?? LEVELS[LEVELS.length - 1]!;
  // The colour of a line end stops at its symbol, because a terminal would otherwise colour the rest of the
  // line.
  return visible(text)
    .split('\n')
    .map((line) => (line === '' ? '' : `\u001b[38;5;${BLACK};48;5;${colour}m${line}${RESET}`))
    .join('\n');
}

/** The colours and their ranges of bits, on one line. */
export function legend(): string {
  const names = LEVELS.map(({ bits }, level) =>
    bits === Number.POSITIVE_INFINITY ? ` ≥ ${LEVELS[level - 1]!.bits} ` : ` < ${bits} `,
  );
  return `bits: ${LEVELS.map(({ colour }, level) => `\u001b[38;5;${BLACK};48;5;${colour}m${names[level]}${RESET}`).join('')}`;
}

/**
 * Shows control characters as the symbols of Unicode's Control Pictures, and other characters that control a
 * terminal as escapes. A line end follows its symbol.
 */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  const pictured = text.replace(/[\u0000-\u001f\u007f]/gu, (control) => {
    const code = control.codePointAt(0)!;
    if (control === '\n') return '⏎\n';
    return code === 0x7f ? '\u2421' : String.fromCodePoint(0x2400 + code);
  });
  return escaped(pictured);
}
