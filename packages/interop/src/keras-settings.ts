/** Checks a model against the settings that a Keras file records for its weights. */
import type { ActivationData } from '@unrolled/cells';
import type { Described } from './keras-description';
import { isChannelLayer, type Leaf } from './model';
import { refuse } from './refuse';

/** Keras's activations by ours. Its `hard_sigmoid` is ours in Keras 2, and another function in Keras 3. */
const ACTIVATIONS: Readonly<Record<string, ActivationData>> = {
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  relu: 'relu',
  softsign: 'softsign',
  linear: 'linear',
};

/** The layers whose name in Keras differs from ours, or from that of an attention wrapper's weight. */
const CLASSES: Readonly<Record<string, string>> = {
  linear: 'dense',
  simpleRnn: 'simple_rnn',
  layerNorm: 'layer_normalization',
  memoryKernel: 'dense',
  queryKernel: 'dense',
  attentionKernel: 'dense',
  scoreVector: 'additive_attention',
  scoreGain: 'attention',
};

/** The remedy when no case fits the file's settings. */
const ALONE = 'for the weights alone give new Map(arrays)';

/**
 * Refuses a leaf that computes something other than the layer that its weights were trained in. An activation
 * of our model that is a function counts as the right one.
 *
 * @param last whether only the last step's output of our model counts, as under `lastOutput`
 */
export function checkSettings(
  scope: string,
  leaf: Leaf,
  described: Described,
  { isKeras2, last }: { isKeras2: boolean; last: boolean },
): void {
  const { layer } = leaf;
  const type = layer.type === 'attentionWeight' ? layer.weight : layer.type;
  const theirs = CLASSES[type] ?? type;
  const where = described.layer === '' ? described.path : described.layer;
  if (described.type !== theirs) {
    refuse(scope, {
      expected: `a ${described.type} for ${where}`,
      got: `${leaf.name}${leaf.path && ` at '${leaf.path}'`}`,
      remedy: `build the model from the layers of the file, or ${ALONE}`,
    });
  }
  const differing = [
    ...activations(leaf, described, isKeras2),
    ...variants(leaf, described),
    ...convolutions(leaf, described),
    ...directions(described, last),
  ];
  if (differing.length === 0) return;
  refuse(scope, {
    expected: `${leaf.name}${leaf.path && ` at '${leaf.path}'`} with what ${where} was saved with: ${differing.map(({ theirs }) => theirs).join(', ')}`,
    got: differing.map(({ ours }) => ours).join(', '),
    remedy: `${differing.map(({ remedy }) => remedy).join(', ')}; ${ALONE}`,
  });
}

interface Difference {
  readonly theirs: string;
  readonly ours: string;
  readonly remedy: string;
}

/** The saved settings of a convolution or layer normalisation that differ from ours, by Keras's names. */
function convolutions(leaf: Leaf, { settings }: Described): Difference[] {
  if (!isChannelLayer(leaf)) return [];
  const { structure } = leaf.layer;
  const ours: Record<string, unknown> =
    structure.type === 'layerNorm'
      ? { epsilon: structure.epsilon, center: true, scale: true }
      : {
          strides: [structure.stride].flat(),
          padding: structure.padding,
          dilation_rate: [structure.dilation].flat(),
          use_bias: structure.useBias,
          data_format: 'channels_last',
          groups: 1,
        };
  return Object.entries(ours).flatMap(([key, own]) => {
    const saved = settings.get(key);
    const [theirs, mine] = [saved, own].map((value) => JSON.stringify(value));
    // One number, or a list of it.
    if (saved === undefined || theirs === mine || `[${theirs}]` === mine) return [];
    return [{ theirs: `${key} ${theirs}`, ours: `${key} ${mine}`, remedy: `make it with ${key} ${theirs}` }];
  });
}

function activations({ layer }: Leaf, { settings }: Described, isKeras2: boolean): Difference[] {
  const own = 'structure' in layer ? layer.structure : layer;
  const pairs = [
    ['activation', 'activation', 'activation' in own ? own.activation : undefined],
    [
      'recurrentActivation',
      'recurrent_activation',
      'recurrentActivation' in layer ? layer.recurrentActivation : undefined,
    ],
  ] as const;
  return pairs.flatMap(([option, key, ours]) => {
    if (ours === undefined || ours === 'custom' || !settings.has(key)) return [];
    const name = nameOf(settings.get(key));
    const wanted = name === 'hard_sigmoid' && isKeras2 ? 'hardSigmoid' : ACTIVATIONS[name];
    // A softmax at the end is part of the loss, which takes logits.
    const isLogits = layer.type === 'linear' && ours === 'linear' && name === 'softmax';
    if (wanted === ours || isLogits) return [];
    const remedy = wanted
      ? `give it ${option}: '${wanted}'`
      : `give it as a function, ${option}: (x) => … (${name === 'hard_sigmoid' ? 'x / 6 + 1 / 2 between 0 and 1 in Keras 3' : name})`;
    return [{ theirs: `${key} ${name}`, ours: `${option} '${ours}'`, remedy }];
  });
}

/** An activation's name: a text, or an object of Keras 2 and 3 that describes a function. */
function nameOf(activation: unknown): string {
  if (activation === null) return 'linear';
  if (typeof activation === 'string') return activation;
  const { config, class_name } = Object(activation) as { config?: unknown; class_name?: unknown };
  return typeof config === 'string' ? config : `a function of its own${class_name ? ` (${class_name})` : ''}`;
}

function variants({ layer }: Leaf, { settings }: Described): Difference[] {
  const differing: Difference[] = [];
  const resetAfter = settings.get('reset_after');
  if (layer.type === 'gru' && typeof resetAfter === 'boolean') {
    const wanted = resetAfter ? 'reset-after' : 'reset-before';
    if (layer.variant !== wanted) {
      const remedy = `give it variant: '${wanted}'`;
      differing.push({ theirs: `reset_after=${resetAfter}`, ours: `variant '${layer.variant}'`, remedy });
    }
  }
  const useBias = settings.get('use_bias');
  if (layer.type === 'linear' && typeof useBias === 'boolean' && useBias !== layer.useBias) {
    const remedy = `give it useBias: ${useBias}`;
    differing.push({ theirs: `use_bias=${useBias}`, ours: `useBias ${layer.useBias}`, remedy });
  }
  return differing;
}

function directions({ settings, merge, direction }: Described, last: boolean): Difference[] {
  const differing: Difference[] = [];
  if (direction && merge !== undefined && merge !== 'concat') {
    const remedy = 'split the output by splitDirections, and merge it so';
    differing.push({ theirs: `merge_mode ${merge}`, ours: 'concatenated outputs', remedy });
  }
  if (
    (settings.get('go_backwards') === true) !== (direction === 'backward') &&
    settings.has('go_backwards')
  ) {
    const remedy = 'run it by unroll with reverse: true';
    differing.push({ theirs: `go_backwards ${settings.get('go_backwards')}`, ours: 'the other way', remedy });
  }
  if (direction === 'backward' && last && settings.get('return_sequences') === false) {
    const remedy = 'take the backward output at the first step, without lastOutput';
    differing.push({ theirs: 'the backward output at the first step', ours: 'lastOutput', remedy });
  }
  return differing;
}

/** Refuses a described recurrent layer that gives its last output to another recurrent one. */
export function checkSequences(scope: string, described: readonly Described[]): void {
  const recurrent = described.filter(({ type }) => ['lstm', 'gru', 'simple_rnn'].includes(type));
  const lastLayer = recurrent.at(-1)?.layer;
  const early = recurrent.find(
    ({ settings, layer }) => settings.get('return_sequences') === false && layer !== lastLayer,
  );
  if (!early) return;
  refuse(scope, {
    expected: 'layers that give their whole output to the next',
    got: `${early.layer}, which was saved with return_sequences=False before a recurrent layer`,
    remedy: `read each into a model of its own, with names and strict: false; ${ALONE}`,
  });
}
