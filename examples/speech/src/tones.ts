/** Generated recordings: each letter is a chord of two tones, between pauses and in noise. */
import type { Split } from '@unrolled/example-data';

/** A made-up recording. */
export interface Tones {
  readonly name: string;
  readonly text: string;
  readonly samples: Float32Array;
}

export const TONE_RATE = 8000;
const LETTERS = 'abdegiknorst';

/** Words of two to five letters. The parts share no words. */
export function tones(counts: { readonly train: number; readonly other: number }): Split<Tones> {
  let state = 1;
  const draw = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const texts = new Set<string>();
  while (texts.size < counts.train + 2 * counts.other) {
    texts.add(Array.from({ length: 2 + draw(4) }, () => LETTERS[draw(LETTERS.length)]!).join(''));
  }
  const all = [...texts].map((text) => ({ name: `tones/${text}`, text, samples: sound(text, draw) }));
  const [first, second] = [counts.other, 2 * counts.other];
  return { test: all.slice(0, first), validation: all.slice(first, second), train: all.slice(second) };
}

function sound(text: string, draw: (below: number) => number): Float32Array {
  const parts = Array.from(text, (letter) => {
    const place = LETTERS.indexOf(letter);
    const [low, high] = [300 + 120 * (place % 4), 1200 + 500 * Math.floor(place / 4)];
    const [length, pause] = [700 + draw(500), 200 + draw(300)];
    return Float32Array.from({ length: length + pause }, (_, at) => {
      const turn = (2 * Math.PI * at) / TONE_RATE;
      const tone = at < length ? Math.sin(low * turn) + Math.sin(high * turn) : 0;
      return 0.2 * tone * Math.sin((Math.PI * Math.min(at, length)) / length) + 0.02 * (draw(1000) / 500 - 1);
    });
  });
  const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}
