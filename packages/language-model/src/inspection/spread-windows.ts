import type { TokenSource } from '@unrolled/data';
import { checkSource } from '../records';
import { asInCode, checkKind, type OptionNaming, refuse } from '../refuse';

/**
 * Windows spread evenly over a text. Each starts with `distance` tokens for the state to build up, then has
 * the tokens over which the gradient is followed, and ends with the token to predict.
 *
 * @throws UnrolledError if the text is shorter than one window
 */
export function spreadWindows(
  tokens: TokenSource,
  count: number,
  distance: number,
  nameOf: OptionNaming = asInCode,
): Int32Array[] {
  checkSource('spreadWindows', tokens);
  checkKind('spreadWindows', 'count', count, 'number');
  checkKind('spreadWindows', 'distance', distance, 'number');
  checkKind('spreadWindows', 'nameOf', nameOf, 'function?');
  const length = 2 * distance + 1;
  if (tokens.length < length) {
    refuse(nameOf('distance'), {
      expected: `a text of at least ${length} tokens for a distance of ${distance}`,
      got: String(tokens.length),
      remedy: `pass more text, or reduce ${nameOf('distance')}`,
    });
  }
  const room = tokens.length - length;
  const windows = Math.min(count, room + 1);
  return Array.from({ length: windows }, (_, n) => {
    const start = windows === 1 ? 0 : Math.floor((n * room) / (windows - 1));
    return tokens.read(start, start + length);
  });
}
