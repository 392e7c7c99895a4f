import type { Utterance } from '@unrolled/example-data';

/**
 * Utterances of nine speakers that nobody is: each of twelve coefficients swings at a height and a speed of
 * the speaker's, with some noise, for 7 to 11 steps.
 *
 * @param first of other numbers the noise and the lengths differ
 */
export function madeUp(count: number, first: number): Utterance[] {
  return Array.from({ length: count }, (_, at) => {
    const speaker = at % 9;
    const steps = 7 + ((at + first) % 5);
    const coefficients = Float32Array.from({ length: 12 * steps }, (_, place) => {
      const [step, row] = [Math.floor(place / 12), place % 12];
      return Math.sin(speaker + row * (speaker + 1) + step / 3) + 0.1 * Math.sin(97 * at + first + row);
    });
    return { speaker, coefficients };
  });
}
