/** The arrays of a Keras file, and its description of the saved model. */
import type { SafetensorsTensor } from '@unrolled/safetensors';

/**
 * The arrays of a Keras file by their paths, in the order of its layers if the file records one. A copy,
 * `new Map(arrays)`, has the arrays only, without the description of the model.
 */
export class KerasArrays extends Map<string, SafetensorsTensor> {
  /**
   * The model as Keras describes it in `config.json` or `model_config`; undefined in a file that has only
   * weights.
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
