/** Text on a terminal, each character on a colour for how much it surprised the model. */
import { visible as escaped } from '@unrolled/errors';

/**
 * From nothing new to a great surprise: up to how many bits, and the background of the 256-colour palette.
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

/** `auto` takes a terminal that does not say NO_COLOR (no-color.org). */
export type ColourChoice = 'always' | 'never' | 'auto';

/** Whether to colour what goes to a stream. */
export function usesColour(choice: ColourChoice, stream: { readonly isTTY?: boolean }): boolean {
  if (choice !== 'auto') return choice === 'always';
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/**
 * A piece of text on the colour of its bits. Control characters and invisible ones are replaced by a sign.
 */
export function coloured(text: string, bits: number): string {
  const { colour } = LEVELS.find((level) => bits < level.bits) ?? LEVELS[LEVELS.length - 1]!;
  // A line's end keeps its colour to its sign: the rest of the line would take it too.
  return visible(text)
    .split('\n')
    .map((line) => (line === '' ? '' : `\u001b[38;5;${BLACK};48;5;${colour}m${line}${RESET}`))
    .join('\n');
}

/** The colours and their bits, in one line. */
export function legend(): string {
  const names = LEVELS.map(({ bits }, level) =>
    bits === Number.POSITIVE_INFINITY ? ` ≥ ${LEVELS[level - 1]!.bits} ` : ` < ${bits} `,
  );
  return `bits: ${LEVELS.map(({ colour }, level) => `\u001b[38;5;${BLACK};48;5;${colour}m${names[level]}${RESET}`).join('')}`;
}

/**
 * Control characters as the signs of Unicode's Control Pictures, others that steer a terminal as escapes; a
 * line's end is followed by a sign.
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
