import type { Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { inWords } from '@unrolled/errors';
import { checkPart, checkSeed, checkShape } from './checks';
import {
  type AnyPart,
  type AnySequencePart,
  type InputKindOf,
  inputKindOf,
  type Layer,
  nameOf,
  type ParamsOf,
  type SequenceInput,
  type StateOf,
} from './contract';
import { forSite } from './dropout';
import { checkGivesSequence, checkIsSequence, checkSteps } from './last-output';
import { deriveSeed } from './random';
import { checkKind, refuse } from './refuse';
import { tidy } from './tree';
import { builtInLayer, unrollPart } from './unroll';

/** One record for each direction. */
export type Directions<F, B> = { readonly forward: F; readonly backward: B };

/** A layer that reads in both directions. */
export type Bidirectional<F extends AnySequencePart, B extends AnySequencePart> = Layer<
  Directions<ParamsOf<F>, ParamsOf<B>>,
  Directions<StateOf<F>, StateOf<B>>,
  InputKindOf<F>
>;

/**
 * Reads the sequence in both directions (Schuster and Paliwal, 1997; TF1's `bidirectional_dynamic_rnn`):
 * [B, T, I] → [B, T, Of + Ob], the forward output first; {@link splitDirections} separates them. Both outputs
 * keep the order of the input. The backward run of a row starts at the row's last valid step.
 *
 * It is a layer, not a cell, because its backward half starts at the end of the sequence. Its state cannot be
 * carried into the next batch.
 *
 * @throws UnrolledError if the two parts read different inputs, or if one returns [B, O]
 */
export function bidirectional<F extends AnySequencePart, B extends AnySequencePart>(
  forward: F,
  backward: B,
): Bidirectional<F, B> {
  checkPart('bidirectional', forward);
  checkPart('bidirectional', backward);
  const name = `bidirectional(${nameOf(forward)}, ${nameOf(backward)})`;
  if (forward.inputSize !== backward.inputSize || inputKindOf(forward) !== inputKindOf(backward)) {
    refuse(name, {
      expected: 'two parts that read the same input',
      got: `${inputKindOf(forward)} of ${forward.inputSize} and ${inputKindOf(backward)} of ${backward.inputSize}`,
      remedy: 'give both the same inputSize and inputKind',
    });
  }
  checkGivesSequence(name, forward);
  checkGivesSequence(name, backward);
  const layer: Bidirectional<F, B> = {
    name,
    inputSize: forward.inputSize,
    outputSize: forward.outputSize + backward.outputSize,
    inputKind: inputKindOf(forward) as InputKindOf<F>,
    carriesState: false,
    ...(forward.outputShape && {
      outputShape(shape: readonly number[]) {
        checkShape(name, shape);
        const [batchSize, steps] = forward.outputShape!(shape);
        return [batchSize!, steps!, forward.outputSize + backward.outputSize];
      },
    }),
    init(seed) {
      checkSeed(name, seed);
      return {
        forward: forward.init(deriveSeed(seed, 0)),
        backward: backward.init(deriveSeed(seed, 1)),
      };
    },
    zeroState: (batchSize) => ({
      forward: forward.zeroState(batchSize),
      backward: backward.zeroState(batchSize),
    }),
    unroll: (params, inputs, state, options = {}) =>
      tidy(() => {
        const run = (direction: 'forward' | 'backward', index: number) =>
          unrollPart(
            (direction === 'forward' ? forward : backward) as AnyPart,
            params[direction],
            inputs as SequenceInput<never>,
            state[direction],
            {
              ...options,
              reverse: (options.reverse ?? false) !== (direction === 'backward'),
              context: forSite(options.context, index),
            },
          );
        const ahead = run('forward', 0);
        const behind = run('backward', 1);
        checkIsSequence(name, forward, ahead.output);
        checkIsSequence(name, backward, behind.output);
        checkSteps(name, backward, ahead.output.shape[1]!, behind.output.shape[1]!);
        return {
          output: tf.concat([ahead.output, behind.output], 2) as Tensor3D,
          state: { forward: ahead.state, backward: behind.state },
        };
      }),
  };
  return builtInLayer(layer, { type: 'bidirectional', forward, backward });
}

/**
 * The two halves of a bidirectional layer's output: [B, T, Of + Ob] → [B, T, Of] and [B, T, Ob].
 *
 * @param forwardSize Of; default half, for two directions of equal size
 */
export function splitDirections(
  output: Tensor3D,
  forwardSize?: number,
): { forward: Tensor3D; backward: Tensor3D } {
  const scope = 'splitDirections';
  checkKind(scope, 'output', output, 'tensor');
  if (output.rank !== 3) {
    const got = `[${output.shape.join(', ')}]`;
    refuse(scope, { expected: 'an output [B, T, Of + Ob]', got, remedy: 'pass the output of unroll' });
  }
  const size = output.shape[2];
  const ahead = forwardSize === undefined ? size / 2 : forwardSize;
  if (!Number.isInteger(ahead) || ahead < 1 || ahead >= size) {
    refuse(scope, {
      expected: `forwardSize to be an integer in 1 … ${size - 1}`,
      got: inWords(ahead),
      remedy: 'pass the size of the forward output if the two differ',
    });
  }
  const [forward, backward] = tf.split(output, [ahead, size - ahead], 2) as [Tensor3D, Tensor3D];
  return { forward, backward };
}
