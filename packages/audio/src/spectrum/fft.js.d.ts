declare module 'fft.js' {
  /**
   * A complex transform whose size is a power of two, at least 2. Numbers alternate real, imaginary, real, …
   */
  export default class FFT {
    constructor(size: number);
    transform(output: Float64Array, input: Float64Array): void;
    inverseTransform(output: Float64Array, input: Float64Array): void;
  }
}
