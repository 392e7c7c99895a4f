import { disposeTree, flattenParams, stepper } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import type { TrainedModel } from '../checkpoint/checkpoint';
import { checkModel } from '../records';
import { asInCode, checkKind, checkOptions, type OptionNaming, refuse } from '../refuse';

/** The values of one layer's units over a text. */
export interface Activations {
  /** Number of the layer, from 1. */
  readonly layer: number;
  readonly units: number;
  /** The values after each token: [tokens, units], row-major. */
  readonly values: Float32Array;
}

const PLACE_KINDS: OptionKinds<{ layer?: number; state: string }> = {
  layer: 'positive integer?',
  state: "'h' or 'c'",
};

const KINDS: OptionKinds<Pick<TrainedModel, 'model' | 'params'>> = { model: 'object', params: 'array' };

/**
 * Reads ids one by one and records the state of a layer after each.
 *
 * @param ids int32, each in 0 … V − 1
 * @param place the layer, from 1, by default the last; and the name of the state
 * @param nameOf the name of an option in messages
 * @throws UnrolledError for a layer or a state that the model lacks
 */
export function activationsOf(
  options: TrainedModel,
  ids: Int32Array,
  place: { readonly layer?: number | undefined; readonly state: 'h' | 'c' },
  nameOf: OptionNaming = asInCode,
): Activations {
  checkOptions('activationsOf', options, KINDS, true);
  checkKind('activationsOf', 'ids', ids, 'Int32Array');
  checkModel('activationsOf', options.model);
  checkOptions('activationsOf', place, PLACE_KINDS, true);
  checkKind('activationsOf', 'nameOf', nameOf, 'function?');
  const { model, params } = options;
  const { layer, state } = place;
  const zero = model.zeroState(1);
  const shapes = Object.entries(flattenParams(zero)).map(([path, { shape }]) => ({ path, shape }));
  disposeTree(zero);
  const layers = shapes.filter(({ path }) => path.endsWith('.h'));
  const number = layer ?? layers.length;
  const hidden = layers[number - 1];
  if (!hidden) {
    refuse(nameOf('layer'), {
      expected: `a layer from 1 to ${layers.length}`,
      got: String(number),
      remedy: 'use a number in this range',
    });
  }
  const path = hidden.path.replace(/h$/, state);
  const chosen = shapes.find((one) => one.path === path);
  if (!chosen) {
    refuse(nameOf('state'), { expected: 'h, the only state of this model', got: state, remedy: 'use h' });
  }
  const units = chosen.shape.at(-1)!;
  const values = new Float32Array(ids.length * units);
  const run = stepper(model, params);
  try {
    ids.forEach((id, at) => {
      run.step(Int32Array.of(id));
      const after = run.state();
      values.set(flattenParams(after)[path]!.dataSync<'float32'>(), at * units);
      disposeTree(after);
    });
  } finally {
    run.dispose();
  }
  return { layer: number, units, values };
}
