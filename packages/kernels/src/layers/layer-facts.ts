import type { FusedOp } from '../kernel-names';
import type { Shape } from './layer';
import { isRecurrent, type LayerData, layerType } from './layer-types';

/** The properties of a layer that the ops need at each call. */
export interface LayerFacts {
  readonly op: FusedOp;
  readonly isRecurrent: boolean;
  readonly outputSize: number;
  /** Names and shapes of the parameters, in order. */
  readonly parameters: readonly (readonly [name: string, shape: Shape])[];
  /** Names and widths of the states, in order. */
  readonly states: readonly (readonly [name: string, width: number])[];
  /**
   * The names of parameters and states: all tensors of the layer except x, in the order in which its gradient
   * kernel returns their gradients.
   */
  readonly names: readonly string[];
  readonly lacking: readonly string[];
}

const known = new WeakMap<LayerData, LayerFacts>();

/**
 * The facts of a layer. They are computed once per layer object, because a step of a tiny model takes only
 * microseconds.
 */
export function layerFacts(layer: LayerData): LayerFacts {
  const found = known.get(layer);
  if (found) return found;
  const type = layerType(layer);
  const parameters = Object.entries(type.parameters(layer));
  const states = Object.entries(type.states(layer));
  const facts = {
    op: type.op,
    isRecurrent: isRecurrent(layer),
    outputSize: type.outputSize(layer),
    parameters,
    states,
    names: [...parameters, ...states].map(([name]) => name),
    lacking: type.lacking(layer),
  };
  known.set(layer, facts);
  return facts;
}

/** The names of one layer's tensors in the kernels of a stack. */
export interface StackedNames {
  /** Names of parameters and states, in the order of `LayerFacts.names`: `1.kernel`. */
  readonly tensors: readonly string[];
  /** Names of the gradients of the final states, in the order of the states: `1.d.h`. */
  readonly stateGradients: readonly string[];
}

const stacked = new WeakMap<LayerData, StackedNames[]>();

/** The names of the tensors of layer `index` of a stack, computed once per layer object. */
export function stackedNames(layer: LayerData, index: number): StackedNames {
  const byIndex = stacked.get(layer) ?? [];
  const found = byIndex[index];
  if (found) return found;
  const { names, states } = layerFacts(layer);
  const made = {
    tensors: names.map((name) => `${index}.${name}`),
    stateGradients: states.map(([name]) => `${index}.d.${name}`),
  };
  byIndex[index] = made;
  stacked.set(layer, byIndex);
  return made;
}
