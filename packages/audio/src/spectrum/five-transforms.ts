/**
 * A complex transform: reads `input`, [2 · size] as real, imaginary, …, and writes `output`, which must be
 * another array.
 */
export type Transform = (output: Float64Array, input: Float64Array) => void;

const [COS1, COS2] = [Math.cos((2 * Math.PI) / 5), Math.cos((4 * Math.PI) / 5)];
const [SIN1, SIN2] = [Math.sin((2 * Math.PI) / 5), Math.sin((4 * Math.PI) / 5)];

/**
 * A transform of five times the size of `transform` (Cooley and Tukey, 1965): one transform of every fifth
 * number, then a transform of size 5 of these five results for each frequency. Usual sizes for speech, such
 * as 25 ms at 8 and 16 kHz, are products of twos and fives.
 */
export function fiveTransforms(part: number, transform: Transform): Transform {
  const size = 5 * part;
  const taken = new Float64Array(2 * part);
  const results = Array.from({ length: 5 }, () => new Float64Array(2 * part));
  // cos and −sin of 2πrk / size for r = 1 … 4, frequency after frequency.
  const turns = new Float64Array(8 * part);
  for (let k = 0; k < part; k++) {
    for (let r = 1; r < 5; r++) {
      turns[8 * k + 2 * r - 2] = Math.cos((2 * Math.PI * r * k) / size);
      turns[8 * k + 2 * r - 1] = -Math.sin((2 * Math.PI * r * k) / size);
    }
  }
  return (output, input) => {
    for (let r = 0; r < 5; r++) {
      for (let n = 0, from = 2 * r; n < 2 * part; n += 2, from += 10) {
        taken[n] = input[from]!;
        taken[n + 1] = input[from + 1]!;
      }
      transform(results[r]!, taken);
    }
    joinFive(output, results, turns, part);
  };
}

/** Without arrays and calls, because this is the hot loop. */
function joinFive(output: Float64Array, results: Float64Array[], turns: Float64Array, part: number): void {
  const [r0, r1, r2, r3, r4] = results as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let k = 0, t = 0; k < 2 * part; k += 2, t += 8) {
    const x0 = r0[k]!;
    const y0 = r0[k + 1]!;
    const x1 = r1[k]! * turns[t]! - r1[k + 1]! * turns[t + 1]!;
    const y1 = r1[k]! * turns[t + 1]! + r1[k + 1]! * turns[t]!;
    const x2 = r2[k]! * turns[t + 2]! - r2[k + 1]! * turns[t + 3]!;
    const y2 = r2[k]! * turns[t + 3]! + r2[k + 1]! * turns[t + 2]!;
    const x3 = r3[k]! * turns[t + 4]! - r3[k + 1]! * turns[t + 5]!;
    const y3 = r3[k]! * turns[t + 5]! + r3[k + 1]! * turns[t + 4]!;
    const x4 = r4[k]! * turns[t + 6]! - r4[k + 1]! * turns[t + 7]!;
    const y4 = r4[k]! * turns[t + 7]! + r4[k + 1]! * turns[t + 6]!;
    const sumX = x1 + x4;
    const sumY = y1 + y4;
    const sumX2 = x2 + x3;
    const sumY2 = y2 + y3;
    const awayX = SIN1 * (x1 - x4) + SIN2 * (x2 - x3);
    const awayY = SIN1 * (y1 - y4) + SIN2 * (y2 - y3);
    const awayX2 = SIN2 * (x1 - x4) - SIN1 * (x2 - x3);
    const awayY2 = SIN2 * (y1 - y4) - SIN1 * (y2 - y3);
    const nearX = x0 + COS1 * sumX + COS2 * sumX2;
    const nearY = y0 + COS1 * sumY + COS2 * sumY2;
    const nearX2 = x0 + COS2 * sumX + COS1 * sumX2;
    const nearY2 = y0 + COS2 * sumY + COS1 * sumY2;
    output[k] = x0 + sumX + sumX2;
    output[k + 1] = y0 + sumY + sumY2;
    output[k + 2 * part] = nearX + awayY;
    output[k + 2 * part + 1] = nearY - awayX;
    output[k + 4 * part] = nearX2 + awayY2;
    output[k + 4 * part + 1] = nearY2 - awayX2;
    output[k + 6 * part] = nearX2 - awayY2;
    output[k + 6 * part + 1] = nearY2 + awayX2;
    output[k + 8 * part] = nearX - awayY;
    output[k + 8 * part + 1] = nearY + awayX;
  }
}
