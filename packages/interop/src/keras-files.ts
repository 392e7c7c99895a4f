/**
 * The arrays of a Keras 3 weights file by their paths (keras 3.15, `src/saving/saving_lib.py`): a layer's
 * group is named after its class and counted, `layers/lstm`, `layers/lstm_1`, whatever the layer's own name;
 * a recurrent layer's arrays are its cell's, `layers/lstm/cell/vars/0`, and Bidirectional has `forward_layer`
 * and `backward_layer` inside.
 */
import type { AnyPart, ParamsOf } from '@unrolled/cells';
import type { NamedTensors } from '@unrolled/safetensors';
import { decodeArrays, encodeArrays, type LeafLayout, mapOf, type NamedArrays } from './arrays';
import { kerasLayers, kerasLeafLayout } from './keras-layout';
import { isRecurrent, type WeightedLayer } from './model';
import { refuse } from './refuse';

export interface ToKerasOptions {
  /**
   * The group of each layer with weights, in order; by default those of a Sequential or functional model
   * whose layers are the model's parts: `['layers/embedding', 'layers/lstm', 'layers/lstm_1',
   * 'layers/dense']`. A layer inside TimeDistributed is `layers/time_distributed/layer`, the attribute
   * `encoder` of a subclassed model is `encoder`.
   */
  readonly names?: readonly string[];
}

export interface FromKerasOptions extends ToKerasOptions {
  /** Whether arrays that the model has no place for are refused; default true. An optimizer's never are. */
  readonly strict?: boolean;
}

/**
 * A model's parameters from the arrays of a Keras file, as `readKeras` of `@unrolled/interop/keras` gives
 * them. Biases that the file leaves out (`use_bias=False`) are 0.
 *
 * @returns new tensors that the caller owns, in the form of `model.init(seed)`
 * @throws UnrolledError when names are missing or left over, a shape is another, or the model has what Keras
 * has not
 */
export function fromKeras<L extends AnyPart>(
  arrays: NamedTensors,
  model: L,
  { names, strict = true }: FromKerasOptions = {},
): ParamsOf<L> {
  const scope = 'fromKeras';
  const present = new Map([...mapOf(arrays)].filter(([name]) => !isTrainingState(name)));
  const layouts = layoutsOf(scope, kerasLayers(scope, model), names, (name) => present.has(name));
  return decodeArrays(scope, model, layouts, present, strict);
}

/**
 * A model's parameters as the arrays of a Keras file: give them to `writeKerasWeights` of
 * `@unrolled/interop/keras`, and in Python `model.load_weights('model.weights.h5')`.
 *
 * @throws UnrolledError when the parameters are not the model's, or the model has what Keras has not:
 * peepholes, clips, a projection, a tied embedding, a part of a user's own
 */
export function toKeras<L extends AnyPart>(
  model: L,
  params: ParamsOf<L>,
  { names }: ToKerasOptions = {},
): NamedArrays {
  const scope = 'toKeras';
  const layouts = layoutsOf(scope, kerasLayers(scope, model), names, () => true);
  return encodeArrays(scope, layouts, params);
}

/** What a file keeps to go on training, and no layer's weight. */
const isTrainingState = (name: string) => /^optimizer\/|(^|\/)seed_generator\//.test(name);

function layoutsOf(
  scope: string,
  layers: readonly WeightedLayer[],
  names: readonly string[] | undefined,
  has: (name: string) => boolean,
): LeafLayout[] {
  const folders = names ?? defaultFolders(layers);
  if (folders.length !== layers.length) {
    refuse(scope, {
      expected: `one name for each of ${layers.map(({ directions }) => directions[0].name).join(', ')}`,
      got: `${folders.length}: ${folders.join(', ')}`,
    });
  }
  return layers.flatMap(({ directions }, index) =>
    directions.map((leaf, direction) => {
      const side = ['forward_layer', 'backward_layer'][direction];
      const folder = directions.length === 1 ? folders[index]! : `${folders[index]}/${side}`;
      if (!isRecurrent(leaf)) return kerasLeafLayout(leaf, `${folder}/vars`, true);
      // A cell within RNN(StackedRNNCells) holds its arrays itself.
      const cell = has(`${folder}/vars/0`) && !has(`${folder}/cell/vars/0`) ? folder : `${folder}/cell`;
      return kerasLeafLayout(leaf, `${cell}/vars`, has(`${cell}/vars/2`));
    }),
  );
}

/** Keras's classes in its spelling. */
const classes = {
  simpleRnn: 'simple_rnn',
  lstm: 'lstm',
  gru: 'gru',
  linear: 'dense',
  embedding: 'embedding',
};

function defaultFolders(layers: readonly WeightedLayer[]): string[] {
  const counts = new Map<string, number>();
  return layers.map(({ directions }) => {
    const { type } = directions[0].layer;
    const base = directions.length === 2 ? 'bidirectional' : classes[type as keyof typeof classes];
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return `layers/${base}${count === 0 ? '' : `_${count}`}`;
  });
}
