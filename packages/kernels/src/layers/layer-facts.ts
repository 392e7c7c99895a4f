import type { FusedOp } from '../kernel-names';
import type { Shape } from './layer';
import { isRecurrent, type LayerData, layerType } from './layer-types';

/** What the ops ask of a layer each time that they run. */
export interface LayerFacts {
  readonly op: FusedOp;
  readonly isRecurrent: boolean;
  readonly outputSize: number;
  /** Names and shapes of the parameters, in order. */
  readonly parameters: readonly (readonly [name: string, shape: Shape])[];
  /** Names and widths of the states, in order. */
  readonly states: readonly (readonly [name: string, width: number])[];
  /** The names of both: a layer's tensors besides x, in the order in which its gradient kernel answers their gradients. */
  readonly names: readonly string[];
  readonly lacking: readonly string[];
}

const known = new WeakMap<LayerData, LayerFacts>();

/** The facts of a layer, found once for each object: the step of a tiny model takes microseconds. */
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
