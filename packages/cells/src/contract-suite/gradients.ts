/** Checks of gradients, and the gradients that other checks compare. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { UnrollOptions } from '../contract';
import { random } from '../random';
import { flattenParams, mapTree, tensorsOf, tidy } from '../tree';
import { type Case, hasTime, hold, LENGTHS, noise, pathsOf, placeIn, type Result, run } from './case';

/** Checks that there are no gradients if no row has a step. */
export function checkNoSteps(given: Case): void {
  const lengths = LENGTHS.map(() => 0);
  for (const options of pathsOf(given.part)) {
    const { gradients } = runWithGradients(given, { ...options, lengths });
    for (const [name, gradient] of Object.entries(gradients)) {
      if (name.startsWith('state')) continue; // The gradients for the final state are not checked.
      const values = gradient.dataSync();
      const bad = values.findIndex((value) => value !== 0);
      hold(bad < 0, `a gradient of ${name} that is ${values[bad]} ${placeIn(gradient.shape, bad)}`);
    }
  }
}

/**
 * The tensors that gradients are computed for, by path: parameters, initial state and, unless they are ids,
 * inputs.
 */
function variablesOf({ params, state, inputs }: Omit<Case, 'random'>): Record<string, Tensor> {
  return {
    ...prefixed('params', flattenParams(params)),
    ...prefixed('state', flattenParams(state)),
    ...(inputs.dtype === 'float32' ? { inputs } : {}),
  };
}

/** The case with other values for the tensors of `variablesOf`. */
function withVariables<C extends Omit<Case, 'random'>>(given: C, of: Record<string, Tensor>): C {
  const pick = (tree: unknown, prefix: string) => mapTree(tree, (_, path) => of[`${prefix}.${path}`]!);
  return {
    ...given,
    params: pick(given.params, 'params'),
    state: pick(given.state, 'state'),
    inputs: of.inputs ?? given.inputs,
  };
}

/** A scalar that depends on every output and every final state. */
function someLoss({ output, state }: Result): Tensor {
  const parts = [output, ...tensorsOf(state)].map((tensor) => {
    const weights = noise(tensor.shape, random(11), 1);
    return tf.sum(tf.mul(tensor, weights));
  });
  return tf.addN(parts);
}

/**
 * Always 0. With this term, tfjs returns a gradient of 0 for variables that the loss does not depend on,
 * instead of throwing.
 */
const nothingOf = tf.customGrad((tensor) => ({
  value: tf.scalar(0),
  gradFunc: () => tf.zerosLike(tensor as Tensor),
}));

/** Runs the part, and returns the gradients of `someLoss` by the names of `variablesOf`. */
export function runWithGradients(
  given: Case,
  options: UnrollOptions,
): Result & { gradients: Record<string, Tensor> } {
  const variables = variablesOf(given);
  const names = Object.keys(variables);
  const gradients = tf.grads((...tensors: Tensor[]) => {
    const of = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    const loss = someLoss(run(withVariables(given, of), options));
    return tf.addN([loss, ...tensors.map((tensor) => nothingOf(tensor))]) as tf.Scalar;
  })(Object.values(variables));
  return {
    ...run(given, options),
    gradients: Object.fromEntries(names.map((name, i) => [name, gradients[i]!])),
  };
}

/**
 * Along a random direction d of each tensor: compares (loss(x + εd) − loss(x − εd)) / 2ε with the gradient
 * times d.
 */
export function checkGradients(given: Case): void {
  const variables = variablesOf(given);
  const options = hasTime(given.part) ? { lengths: LENGTHS } : {};
  const { gradients } = runWithGradients(given, options);
  const epsilon = 2e-3;
  for (const [name, tensor] of Object.entries(variables)) {
    const direction = noise(tensor.shape, given.random, 1);
    const shifted = (amount: number) =>
      tidy(() => {
        const moved = { ...variables, [name]: tf.add(tensor, tf.mul(direction, amount)) };
        return someLoss(run(withVariables(given, moved), options)).dataSync()[0]!;
      });
    const numeric = (shifted(epsilon) - shifted(-epsilon)) / (2 * epsilon);
    const exact = tf.sum(tf.mul(gradients[name]!, direction)).dataSync()[0]!;
    const scale = Math.max(1, Math.abs(numeric), Math.abs(exact));
    const close = Math.abs(numeric - exact) <= 5e-3 * scale;
    hold(close, `a gradient of ${name} of ${exact} along a direction, but ${numeric} by finite differences`);
  }
}

const prefixed = (prefix: string, record: Record<string, Tensor>) =>
  Object.fromEntries(Object.entries(record).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));
