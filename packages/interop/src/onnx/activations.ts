/** The ONNX names of our activations, inside a recurrent operator and as separate operators. */
import type { ActivationData, ActivationName } from '@unrolled/cells';
import { refuse } from '../refuse';
import type { Graph } from './graph';

/**
 * `alpha` and `beta` of the activations that take them: HardSigmoid is max(0, min(1, alpha·x + beta)), Affine
 * is alpha·x + beta.
 */
const recurrent = {
  tanh: { name: 'Tanh' },
  sigmoid: { name: 'Sigmoid' },
  relu: { name: 'Relu' },
  softsign: { name: 'Softsign' },
  hardSigmoid: { name: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  linear: { name: 'Affine', alpha: 1, beta: 0 },
} satisfies Record<ActivationName, { name: string; alpha?: number; beta?: number }>;

type Named = { readonly name: string; readonly alpha?: number; readonly beta?: number };

function lookUp(part: string, activation: ActivationData): Named {
  if (activation !== 'custom') return recurrent[activation];
  return refuse('toOnnx', {
    expected: 'activations that have a name',
    got: `a function in ${part}`,
    remedy: 'use tanh, sigmoid, relu, hardSigmoid, softsign or linear',
  });
}

/** The attributes that set a recurrent operator's activations, in the operator's order. */
export function activationAttributes(part: string, activations: readonly ActivationData[]) {
  const all = activations.map((activation) => lookUp(part, activation));
  const alphas = all.flatMap(({ alpha }) => (alpha === undefined ? [] : [alpha]));
  const betas = all.flatMap(({ beta }) => (beta === undefined ? [] : [beta]));
  return {
    activations: all.map(({ name }) => name),
    ...(alphas.length > 0 && {
      activation_alpha: Float32Array.from(alphas),
      activation_beta: Float32Array.from(betas),
    }),
  };
}

/** Applies an activation to a value of any shape. */
export function activate(
  graph: Graph,
  part: string,
  path: string,
  input: string,
  activation: ActivationData,
): string {
  const { name } = lookUp(part, activation);
  // The operator's defaults, alpha 0.2 and beta 0.5, equal ours.
  return activation === 'linear' ? input : graph.value(name, path, [input]);
}
