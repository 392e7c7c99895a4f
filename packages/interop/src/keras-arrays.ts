/** The arrays of a Keras file, and its description of the saved model. */
import type { SafetensorsTensor } from '@unrolled/safetensors';

/**
 * The arrays of a Keras file by their paths, in the order of its layers if the file has one. A copy,
 * `new Map(arrays)`, is the arrays alone, without what the file says of the model.
 */
export class KerasArrays extends Map<string, SafetensorsTensor> {
  /**
   * The model as described by Keras in `config.json` or `model_config`; undefined in a file of weights alone.
   */
  readonly config: unknown;
  /** The version of Keras that wrote the file, if it is recorded: `3.15.1`. */
  readonly kerasVersion: string | undefined;

  constructor(
    arrays: Iterable<readonly [string, SafetensorsTensor]>,
    config?: unknown,
    kerasVersion?: string,
  ) {
    super(arrays);
    this.config = config;
    this.kerasVersion = kerasVersion;
  }
}
