/**
 * The model of a Keras file as `config.json` or `model_config` describes it: each layer with weights, and its
 * settings.
 */

/** The settings of a cell, a dense layer or an embedding. */
export interface Described {
  /** The group of its arrays in a file of Keras 3: `layers/lstm/cell`. */
  readonly path: string;
  /**
   * The name of its layer in the model, which is the name of the group of its arrays in a file of Keras 2.
   */
  readonly layer: string;
  /** LSTM and LSTMCell are both `lstm`. Other classes have their name in Keras's snake case. */
  readonly type: string;
  /**
   * The layer's `config`. That of a cell also has the fields of the layer around it: `go_backwards`,
   * `return_sequences`.
   */
  readonly settings: Settings;
  /** The merge mode of a bidirectional layer. */
  readonly merge?: unknown;
  readonly direction?: 'forward' | 'backward';
  /** Whether the layer's type has weights in this package. */
  readonly hasWeights: boolean;
}

const WITH_WEIGHTS = [
  ...['lstm', 'gru', 'simple_rnn', 'dense', 'embedding'],
  ...['conv1d', 'conv2d', 'layer_normalization'],
];

type Settings = ReadonlyMap<string, unknown>;

interface Place {
  readonly path: string;
  readonly layer: string | undefined;
  readonly depth: number;
  readonly inherited: Settings;
  readonly both?: Pick<Described, 'merge' | 'direction'>;
}

/** Deeper than any real model. Deeper nesting is ignored. */
const MOST_DEPTH = 16;

/** The layers with weights in a description, in model order. Unknown parts are skipped. */
export function describedLayers(config: unknown): Described[] {
  return inside(config, { path: '', layer: undefined, depth: 0, inherited: new Map() });
}

/** An object's own fields. */
function fieldsOf(value: unknown): Settings {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

function inside(described: unknown, place: Place): Described[] {
  const { path, depth, inherited, both } = place;
  const object = fieldsOf(described);
  const settings = fieldsOf(object.get('config'));
  const className = object.get('class_name');
  if (typeof className !== 'string' || depth > MOST_DEPTH) return [];
  const name = settings.get('name');
  const layer = place.layer ?? (depth > 0 && typeof name === 'string' ? name : undefined);
  const within = (part: unknown, folder: string, others: Partial<Place> = {}) =>
    inside(part, {
      ...place,
      layer,
      path: path === '' ? folder : `${path}/${folder}`,
      depth: depth + 1,
      ...others,
    });
  // Keras 1 and early Keras 2 store the list of a Sequential's layers as its whole config.
  const layers = Array.isArray(object.get('config')) ? object.get('config') : settings.get('layers');
  if (Array.isArray(layers))
    return counted(layers).flatMap(([part, folder]) => within(part, `layers/${folder}`));
  const cells = settings.get('cells');
  if (Array.isArray(cells))
    return counted(cells).flatMap(([part, folder]) => within(part, `cells/${folder}`));
  switch (className) {
    case 'RNN':
      return within(settings.get('cell'), 'cell', { inherited: settings });
    case 'Bidirectional': {
      const merge = settings.get('merge_mode');
      const forward = settings.get('layer');
      const backward = settings.get('backward_layer') ?? turned(forward);
      return [
        ...within(forward, 'forward_layer', { both: { merge, direction: 'forward' } }),
        ...within(backward, 'backward_layer', { both: { merge, direction: 'backward' } }),
      ];
    }
    case 'TimeDistributed':
      return within(settings.get('layer'), 'layer');
    default: {
      // A model of a user-defined class.
      if (depth === 0) return [];
      const type = snakeCase(className).replace(/_cell$/, '');
      const isLayer = ['LSTM', 'GRU', 'SimpleRNN'].includes(className);
      const all = new Map([...inherited, ...settings]);
      const own = { path: isLayer ? `${path}/cell` : path, layer: layer ?? '', type, settings: all, ...both };
      return [{ ...own, hasWeights: WITH_WEIGHTS.includes(type) }];
    }
  }
}

/** Keras 2 describes the backward layer only if it differs from the forward one. */
function turned(layer: unknown): unknown {
  const object = fieldsOf(layer);
  const settings = fieldsOf(object.get('config'));
  const config = { ...Object.fromEntries(settings), go_backwards: settings.get('go_backwards') !== true };
  return { class_name: object.get('class_name'), config };
}

/**
 * Assigns each layer the folder that Keras 3 gives it: the name of its class, with a number from the second
 * on.
 */
function counted(layers: readonly unknown[]): [unknown, string][] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const base = snakeCase(String(fieldsOf(layer).get('class_name')));
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return [layer, count === 0 ? base : `${base}_${count}`];
  });
}

/** The naming rule of keras `src/utils/naming.py`: `SimpleRNN` becomes `simple_rnn`. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
