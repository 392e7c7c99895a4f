/**
 * The model in a Keras file as its `config.json` or `model_config` describes it: each layer with weights, and
 * its settings.
 */

/** The settings of a cell, a dense layer or an embedding. */
export interface Described {
  /** The group of its arrays in a file of Keras 3: `layers/lstm/cell`. */
  readonly path: string;
  /**
   * The name of its layer in the model, which is the group of its arrays in a file of Keras 2.
   */
  readonly layer: string;
  /** LSTM and LSTMCell are both `lstm`; other classes in Keras's spelling of their names. */
  readonly type: string;
  /** Its `config`, and of a cell also what its layer has: `go_backwards`, `return_sequences`. */
  readonly settings: Settings;
  /** For both directions, their merge mode. */
  readonly merge?: unknown;
  readonly direction?: 'forward' | 'backward';
  /** Whether it is of a type that has weights here. */
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

/** Deeper than any model; what nests further is not followed. */
const MOST_DEPTH = 16;

/**
 * The layers with weights in a description, in the order of the model. Unknown parts are skipped.
 */
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
  // Keras 1 and early Keras 2 have the layers of a Sequential as its whole config.
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
      // A model of a user's own class.
      if (depth === 0) return [];
      const type = snakeCase(className).replace(/_cell$/, '');
      const isLayer = ['LSTM', 'GRU', 'SimpleRNN'].includes(className);
      const all = new Map([...inherited, ...settings]);
      const own = { path: isLayer ? `${path}/cell` : path, layer: layer ?? '', type, settings: all, ...both };
      return [{ ...own, hasWeights: WITH_WEIGHTS.includes(type) }];
    }
  }
}

/** Keras 2 describes the backward layer only where it is another than the forward one. */
function turned(layer: unknown): unknown {
  const object = fieldsOf(layer);
  const settings = fieldsOf(object.get('config'));
  const config = { ...Object.fromEntries(settings), go_backwards: settings.get('go_backwards') !== true };
  return { class_name: object.get('class_name'), config };
}

/** Layers with the folder that Keras 3 gives each: its class, and from the second on a number. */
function counted(layers: readonly unknown[]): [unknown, string][] {
  const counts = new Map<string, number>();
  return layers.map((layer) => {
    const base = snakeCase(String(fieldsOf(layer).get('class_name')));
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    return [layer, count === 0 ? base : `${base}_${count}`];
  });
}

/** The rule of keras `src/utils/naming.py`: `SimpleRNN` is `simple_rnn`. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}
