/**
 * The discrete Fourier transform of real numbers, of any size, based on the powers of two that fft.js
 * computes. An even size needs a complex transform of half the size (Sorensen et al., 1987). A multiple of
 * five needs five transforms of a fifth. Another size that is not a power of two needs two transforms of one
 * (Bluestein, 1970).
 */
import FFT from 'fft.js';
import { fiveTransforms, type Transform } from './five-transforms';

/** Writes the power of each frequency, re² + im², [size / 2 + 1], into `power`. */
export type PowerSpectrum = (input: Float64Array, power: Float64Array) => void;

/**
 * The power spectrum of frames of one size. The functions of one call share their memory, so use one at a
 * time.
 */
export function powerSpectrum(size: number): PowerSpectrum {
  return size % 2 === 0 ? evenSpectrum(size) : oddSpectrum(size);
}

function evenSpectrum(size: number): PowerSpectrum {
  const half = size / 2;
  const transform = complexTransform(half);
  const out = new Float64Array(size);
  const [cosines, sines] = circle(half, size);
  return (input, power) => {
    // Even samples are the real parts, odd samples the imaginary parts, so the input is used unchanged.
    transform(out, input);
    const first = out[0]!;
    const second = out[1]!;
    power[0] = (first + second) ** 2;
    power[half] = (first - second) ** 2;
    for (let k = 1; k <= half - k; k++) {
      const a = 2 * k;
      const b = size - a;
      const evenReal = (out[a]! + out[b]!) / 2;
      const evenImaginary = (out[a + 1]! - out[b + 1]!) / 2;
      const oddReal = (out[a + 1]! + out[b + 1]!) / 2;
      const oddImaginary = (out[b]! - out[a]!) / 2;
      // Rotated by −2πk / size.
      const real = oddReal * cosines[k]! + oddImaginary * sines[k]!;
      const imaginary = oddImaginary * cosines[k]! - oddReal * sines[k]!;
      power[k] = (evenReal + real) ** 2 + (evenImaginary + imaginary) ** 2;
      power[half - k] = (evenReal - real) ** 2 + (imaginary - evenImaginary) ** 2;
    }
  };
}

function oddSpectrum(size: number): PowerSpectrum {
  const transform = complexTransform(size);
  const [complex, out] = [new Float64Array(2 * size), new Float64Array(2 * size)];
  return (input, power) => {
    for (let at = 0; at < size; at++) complex[2 * at] = input[at]!;
    transform(out, complex);
    for (let k = 0; 2 * k < size; k++) power[k] = out[2 * k]! ** 2 + out[2 * k + 1]! ** 2;
  };
}

function complexTransform(size: number): Transform {
  if (size === 1) return (output, input) => output.set(input.subarray(0, 2));
  if (size % 5 === 0) return fiveTransforms(size / 5, complexTransform(size / 5));
  if ((size & (size - 1)) !== 0) return chirpTransform(size);
  const fft = new FFT(size);
  return (output, input) => fft.transform(output, input);
}

/**
 * Bluestein's algorithm: with the chirp w[n] = e^(−πi n² / size), X[k] = w[k] · Σ x[n] w[n] · w̄[k − n], a
 * convolution.
 */
function chirpTransform(size: number): Transform {
  const long = 2 ** Math.ceil(Math.log2(2 * size - 1));
  const fft = new FFT(long);
  const [chirp, mirrored] = [new Float64Array(2 * size), new Float64Array(2 * size)];
  for (let n = 0; n < size; n++) {
    // n² modulo 2 · size keeps the angle small.
    const angle = (Math.PI * ((n * n) % (2 * size))) / size;
    chirp[2 * n] = mirrored[2 * n] = Math.cos(angle);
    chirp[2 * n + 1] = -Math.sin(angle);
    mirrored[2 * n + 1] = Math.sin(angle);
  }
  const complex = () => new Float64Array(2 * long);
  const [padded, work, back, filter] = [complex(), complex(), complex(), complex()];
  for (let n = 0; n < size; n++) {
    for (const place of n === 0 ? [0] : [n, long - n]) {
      padded[2 * place] = mirrored[2 * n]!;
      padded[2 * place + 1] = mirrored[2 * n + 1]!;
    }
  }
  fft.transform(filter, padded);
  padded.fill(0);
  // The inverse transform is the conjugate of the transform of the conjugate, divided by its size.
  for (let at = 0; at < 2 * long; at++) filter[at]! /= long;
  return (output, input) => {
    multiply(padded, input, chirp, size, 1);
    fft.transform(work, padded);
    multiply(work, work, filter, long, -1);
    fft.transform(back, work);
    multiply(output, mirrored, back, size, -1);
  };
}

/** target[n] = a[n] · b[n] for complex numbers; with the sign −1, its conjugate. */
function multiply(target: Float64Array, a: Float64Array, b: Float64Array, count: number, sign: 1 | -1): void {
  for (let at = 0; at < 2 * count; at += 2) {
    // Without arrays, because this is the hot loop.
    const real = a[at]!;
    const imaginary = a[at + 1]!;
    target[at] = real * b[at]! - imaginary * b[at + 1]!;
    target[at + 1] = sign * (real * b[at + 1]! + imaginary * b[at]!);
  }
}

/** cos and sin of 2πk / size for 0 ≤ k < count. */
function circle(count: number, size: number): [cosines: Float64Array, sines: Float64Array] {
  const angle = (k: number) => (2 * Math.PI * k) / size;
  return [
    Float64Array.from({ length: count }, (_, k) => Math.cos(angle(k))),
    Float64Array.from({ length: count }, (_, k) => Math.sin(angle(k))),
  ];
}
