import type { ActivationName } from '@unrolled/kernels';
import type { Activation } from './activations';
import type { InputKind } from './contract';
import type { Initialization } from './identity';
import type { Initializer, InitializerName } from './initializers';

/** Options of all recurrent cells. */
export interface RecurrentOptions<K extends InputKind = 'vectors'> {
  /** I */
  readonly inputSize: number;
  /** H: the size of the state, and of the output if there is no projection. */
  readonly units: number;
  /** 'ids' reads int32 ids as one-hot vectors of length `inputSize`, without building them. */
  readonly inputKind?: K;
  /**
   * Activation of the new state (LSTM: of the cell input and of c'; GRU: of the candidate); default 'tanh'.
   */
  readonly activation?: Activation | ActivationName;
  /** Initializer of the kernel, and of peepholes and projection; default 'glorotUniform'. */
  readonly kernelInitializer?: Initializer | InitializerName;
  /** Initializer of the recurrent kernel; default 'orthogonal'. */
  readonly recurrentInitializer?: Initializer | InitializerName;
  /** Default 'zeros'; an LSTM's forget bias is added to it. */
  readonly biasInitializer?: Initializer | InitializerName;
}

/** Additional options of gated cells. */
export interface GatedOptions<K extends InputKind = 'vectors'> extends RecurrentOptions<K> {
  /** Activation of the gates; default 'sigmoid'. */
  readonly recurrentActivation?: Activation | ActivationName;
}

/** The initializers of the options. */
export function initializersOf(
  options: Pick<RecurrentOptions, 'kernelInitializer' | 'recurrentInitializer' | 'biasInitializer'>,
): Initialization {
  const { kernelInitializer, recurrentInitializer, biasInitializer } = options;
  return { kernelInitializer, recurrentInitializer, biasInitializer };
}
