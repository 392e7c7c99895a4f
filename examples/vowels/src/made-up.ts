import type { Utterance } from '@unrolled/example-data';

/**
 * Generated utterances of nine artificial speakers: each of twelve coefficients oscillates with an amplitude
 * and a frequency of the speaker, with some noise, for 7 to 11 steps.
 *
 * @param first index of the first utterance, which determines the noise and the lengths
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
