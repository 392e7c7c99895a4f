import { check } from '../refuse';

/**
 * The window, by which the samples of a frame are multiplied. It falls to 0 at both ends (`hann`,
 * `blackman`), nearly to 0 (`hamming`), or is constant.
 */
export type WindowName = 'hann' | 'hamming' | 'blackman' | 'rectangular';

const WINDOWS: Readonly<Record<WindowName, readonly number[]>> = {
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  rectangular: [1],
};

/** Refuses a value that is not a window's name. */
export const checkWindow = (scope: string, window: unknown) =>
  check.choice(scope, 'window', window, Object.keys(WINDOWS));

/**
 * A window of `size` samples at the centre of `frame` samples, 0 elsewhere: a₀ − a₁ cos(2πn / size) + a₂
 * cos(4πn / size). It is periodic, like the default of scipy.signal.get_window and torch.hann_window.
 */
export function windowOf(name: WindowName, size: number, frame: number): Float64Array {
  const values = new Float64Array(frame);
  const start = Math.floor((frame - size) / 2);
  for (let n = 0; n < size; n++) {
    let [value, sign] = [0, 1];
    for (const [order, factor] of WINDOWS[name].entries()) {
      value += sign * factor * Math.cos((2 * Math.PI * order * n) / size);
      sign = -sign;
    }
    values[start + n] = value;
  }
  return values;
}
