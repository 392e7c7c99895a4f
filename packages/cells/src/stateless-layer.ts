/**
 * A layer without a state that reads a whole sequence or picture at once: convolutions, pooling, and
 * conversions of pictures to vectors.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@unrolled/kernels';
import { checkFirstOrder, checkParameter, checkSeed, checkShape, valueAt } from './checks';
import type { Layer, NoParams, NoState, PartInput, SequenceInput, UnrollOptions } from './contract';
import { builtIn, type Initialization } from './identity';
import { type Initializer, type InitializerName, resolveInitializer } from './initializers';
import { deriveSeed, random } from './random';
import { check, refuse } from './refuse';
import type { PartStructure } from './structure';
import { tidy } from './tree';
import { builtInLayer } from './unroll';

/** One parameter: its shape and its initializer. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly initializer: Initializer | InitializerName;
}

/** The definition of a layer without a state. */
export interface StatelessLayer<P, K extends PartInput, Y extends Tensor> {
  readonly name: string;
  readonly structure: PartStructure<never>;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly inputKind: K;
  readonly parameters?: readonly Parameter[];
  readonly initialization?: Initialization;
  outputShape?(inputShape: readonly number[]): number[];
  /** Computes the output. It runs inside a tidy, with checked parameters and input. */
  run(params: P, inputs: SequenceInput<K>, options: UnrollOptions): Y;
}

/** Creates the layer. Each parameter is drawn from its own random stream. */
export function statelessLayer<P, K extends PartInput, Y extends Tensor>(
  options: StatelessLayer<P, K, Y>,
): Layer<P, NoState, K, Y> {
  const { name, inputSize, outputSize, inputKind, outputShape, parameters = [], run } = options;
  const layer: Layer<P, NoState, K, Y> = {
    name,
    inputSize,
    outputSize,
    inputKind,
    carriesState: false,
    ...(outputShape && {
      outputShape(shape: readonly number[]) {
        checkShape(name, shape);
        return outputShape(shape);
      },
    }),
    init(seed) {
      checkSeed(name, seed);
      const params = parameters.map(({ name: parameter, shape, initializer }, index) => {
        const values = resolveInitializer(initializer)(shape, random(deriveSeed(seed, index)));
        return [parameter, tf.tensor(values, [...shape], 'float32')] as const;
      });
      return Object.fromEntries(params) as P;
    },
    zeroState(batchSize) {
      check.count(name, 'batchSize', batchSize);
      return {};
    },
    unroll: (params, inputs, _state, unrollOptions = {}) =>
      tidy(() => {
        checkFirstOrder(name);
        for (const { name: parameter, shape } of parameters)
          checkParameter(name, parameter, shape, valueAt(params, [parameter]));
        return { output: run(params, inputs, unrollOptions), state: {} };
      }),
  };
  const { structure, initialization = {} } = options;
  const shapes = parameters.map(({ name: parameter, shape }) => [parameter, shape] as const);
  return builtInLayer(layer, structure, { initialization, parameters: shapes });
}

/** A layer whose size `stack` sets. Reading the size earlier throws. */
export function unsizedLayer<K extends PartInput, Y extends Tensor, P = NoParams>(
  name: string,
  inputKind: K,
  sized: (size: number) => Layer<P, NoState, K, Y>,
): Layer<P, NoState, K, Y> {
  const refuseSize = (): never =>
    refuse(name, {
      expected: 'inputSize, the length of the vectors or the number of channels',
      got: 'none',
      remedy: `pass ${name}({ inputSize, … }); it may be omitted only in a stack, next to a part with a size`,
    });
  const layer: Layer<P, NoState, K, Y> = {
    name,
    inputKind,
    get inputSize() {
      return refuseSize();
    },
    get outputSize() {
      return refuseSize();
    },
    init: refuseSize,
    zeroState: () => ({}),
    unroll: refuseSize,
  };
  return builtIn(layer, {
    get structure() {
      return refuseSize();
    },
    sized,
  });
}

/** Throws if an input has too few steps or pixels for an output. */
export function checkEnough(name: string, what: string, size: number, least: number, remedy: string): void {
  if (size >= least) return;
  refuse(name, {
    expected: `at least ${least} ${what}`,
    got: String(size),
    remedy,
    code: 'shape',
  });
}
