/** A cell of one layer. The layer type determines its parameters and states. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerData, LayerType } from '@unrolled/kernels';
import { checkFirstOrder, checkParameter, checkSeed, checkStep, valueAt } from './checks';
import type { AnyPart, Cell, InputKind, StepInput } from './contract';
import { builtIn, type Initialization, type UnrollSequence } from './identity';
import { type Initializer, type InitializerName, resolveInitializer, uniform } from './initializers';
import { deriveSeed, random } from './random';
import { checkKind } from './refuse';
import { tidy } from './tree';

/** The option that initializes each parameter. */
const INITIALIZER_OPTION: Readonly<Record<string, string>> = {
  kernel: 'kernelInitializer',
  recurrentKernel: 'recurrentInitializer',
  bias: 'biasInitializer',
  recurrentBias: 'biasInitializer',
  peephole: 'kernelInitializer',
  projection: 'kernelInitializer',
  embeddings: 'initializer',
};

const DEFAULT_INITIALIZER: Readonly<Record<string, Initializer | InitializerName>> = {
  kernelInitializer: 'glorotUniform',
  recurrentInitializer: 'orthogonal',
  biasInitializer: 'zeros',
  initializer: uniform(0.05),
};

/** The definition of a cell of one layer. */
export interface LayerCell<L extends LayerData, P, S, K extends InputKind> {
  readonly name: string;
  /** The layer type is an argument, so that a page with one cell bundles only one layer type. */
  readonly type: LayerType<L>;
  readonly layer: L;
  readonly inputKind?: K;
  readonly initialization: Initialization;
  /** Adjusts a parameter's initial values, row-major, in place. */
  adjust?(name: string, values: Float32Array): void;
  /** One step. It runs inside a tidy, with checked input and state. */
  step(params: P, input: StepInput<K>, state: S): ReturnType<Cell<P, S, K>['step']>;
  /** For a layer with a state: throws for a wrong state. Without it, the steps are independent. */
  checkState?(cell: AnyPart, state: S, batchSize: number): void;
  /** For a layer with a state: the implementation for a whole sequence. */
  unroll?(cell: Cell<P, S, K>): UnrollSequence;
}

/**
 * Creates the cell. Each parameter is drawn from its own random stream, so an additional parameter does not
 * change the others.
 */
export function layerCell<L extends LayerData, P, S, K extends InputKind>(
  options: LayerCell<L, P, S, K>,
): Cell<P, S, K> {
  const { name, type, layer, inputKind, initialization, adjust, step, checkState } = options;
  const states = Object.entries(type.states(layer));
  const shapes = Object.entries(type.parameters(layer));
  const cell: Cell<P, S, K> = {
    name,
    inputSize: layer.inputSize,
    outputSize: type.outputSize(layer),
    ...(inputKind && { inputKind }),
    init(seed) {
      checkSeed(name, seed);
      const params = shapes.map(([parameter, shape], index) => {
        const option = INITIALIZER_OPTION[parameter]!;
        const initializer = (initialization[option] ?? DEFAULT_INITIALIZER[option]) as Initializer;
        const values = resolveInitializer(initializer)(shape, random(deriveSeed(seed, index)));
        adjust?.(parameter, values);
        return [parameter, tf.tensor(values, [...shape], 'float32')] as const;
      });
      return Object.fromEntries(params) as P;
    },
    zeroState(batchSize) {
      checkKind(name, 'batchSize', batchSize, 'positive integer');
      const zeros: Record<string, Tensor> = {};
      for (const [state, width] of states) zeros[state] = tf.zeros([batchSize, width]);
      return zeros as S;
    },
    step: (params, input, state) =>
      tidy(() => {
        checkFirstOrder(name);
        checkStep(cell, input);
        checkState?.(cell, state, input.shape[0]!);
        for (const [parameter, shape] of shapes)
          checkParameter(name, parameter, shape, valueAt(params, [parameter]));
        return step(params, input, state);
      }),
  };
  return builtIn(cell, {
    structure: layer,
    initialization,
    parameters: shapes,
    unroll: options.unroll?.(cell),
    stepsAreApart: !checkState,
  });
}
