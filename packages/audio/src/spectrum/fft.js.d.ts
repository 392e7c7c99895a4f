declare module 'fft.js' {
  /** A complex transform of a power of two from 2; numbers alternate real, imaginary, real, … */
  export default class FFT {
    constructor(size: number);
    transform(output: Float64Array, input: Float64Array): void;
    inverseTransform(output: Float64Array, input: Float64Array): void;
  }
}
