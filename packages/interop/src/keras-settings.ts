/** Compares a model with the settings that a Keras file records for its weights. */
import type { ActivationData } from '@unrolled/cells';
import type { Described } from './keras-description';
import { isChannelLayer, type Leaf } from './model';
import { refuse } from './refuse';

/**
 * Keras's names of our activations. `hard_sigmoid` is our function in Keras 2, and another one in Keras 3.
 */
const ACTIVATIONS: Readonly<Record<string, ActivationData>> = {
  tanh: 'tanh',
  sigmoid: 'sigmoid',
  relu: 'relu',
  softsign: 'softsign',
  linear: 'linear',
};

/** The layers whose Keras name differs from ours, or from that of an attention wrapper's weight. */
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

/** The remedy if no other remedy fits the file's settings. */
const ALONE = 'pass new Map(arrays) to use the weights without their settings';

/**
 * Refuses a leaf that computes something other than the layer whose weights it gets. An activation that is a
 * function in our model is accepted unchecked.
 *
 * @param last whether only the output of the last step is used, as under `lastOutput`
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
      expected: `a part of type ${described.type} for ${where}`,
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
    expected: `${leaf.name}${leaf.path && ` at '${leaf.path}'`} with the settings that ${where} was saved with: ${differing.map(({ theirs }) => theirs).join(', ')}`,
    got: differing.map(({ ours }) => ours).join(', '),
    remedy: `${differing.map(({ remedy }) => remedy).join(', ')}; ${ALONE}`,
  });
}

interface Difference {
  readonly theirs: string;
  readonly ours: string;
  readonly remedy: string;
}

/** The saved settings of a convolution or layer normalisation that differ from ours, under Keras's names. */
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
    // A number, or a list that contains it once or repeats it.
    if (saved === undefined || theirs === mine || `[${theirs}]` === mine) return [];
    return [{ theirs: `${key} ${theirs}`, ours: `${key} ${mine}`, remedy: `set ${key} to ${theirs}` }];
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
    // A final softmax belongs to the loss here, which takes logits.
    const isLogits = layer.type === 'linear' && ours === 'linear' && name === 'softmax';
    if (wanted === ours || isLogits) return [];
    const remedy = wanted
      ? `set ${option}: '${wanted}'`
      : `set it as a function, ${option}: (x) => … (${name === 'hard_sigmoid' ? 'x / 6 + 1 / 2, clipped to 0 … 1, in Keras 3' : name})`;
    return [{ theirs: `${key} ${name}`, ours: `${option} '${ours}'`, remedy }];
  });
}

/** The name of an activation: a string, or an object by which Keras 2 and 3 describe a function. */
function nameOf(activation: unknown): string {
  if (activation === null) return 'linear';
  if (typeof activation === 'string') return activation;
  const { config, class_name } = Object(activation) as { config?: unknown; class_name?: unknown };
  return typeof config === 'string' ? config : `a custom function${class_name ? ` (${class_name})` : ''}`;
}

function variants({ layer }: Leaf, { settings }: Described): Difference[] {
  const differing: Difference[] = [];
  const resetAfter = settings.get('reset_after');
  if (layer.type === 'gru' && typeof resetAfter === 'boolean') {
    const wanted = resetAfter ? 'reset-after' : 'reset-before';
    if (layer.variant !== wanted) {
      const remedy = `set variant: '${wanted}'`;
      differing.push({ theirs: `reset_after=${resetAfter}`, ours: `variant '${layer.variant}'`, remedy });
    }
  }
  const useBias = settings.get('use_bias');
  if (layer.type === 'linear' && typeof useBias === 'boolean' && useBias !== layer.useBias) {
    const remedy = `set useBias: ${useBias}`;
    differing.push({ theirs: `use_bias=${useBias}`, ours: `useBias ${layer.useBias}`, remedy });
  }
  return differing;
}

function directions({ settings, merge, direction }: Described, last: boolean): Difference[] {
  const differing: Difference[] = [];
  if (direction && merge !== undefined && merge !== 'concat') {
    const remedy = 'split the output with splitDirections, and merge the halves in this mode';
    differing.push({ theirs: `merge_mode ${merge}`, ours: 'concatenated outputs', remedy });
  }
  if (
    (settings.get('go_backwards') === true) !== (direction === 'backward') &&
    settings.has('go_backwards')
  ) {
    const remedy = 'run the model with unroll and reverse: true';
    differing.push({
      theirs: `go_backwards ${settings.get('go_backwards')}`,
      ours: 'the opposite direction',
      remedy,
    });
  }
  if (direction === 'backward' && last && settings.get('return_sequences') === false) {
    const remedy = 'use the backward output at the first step, without lastOutput';
    differing.push({ theirs: 'the backward output at the first step', ours: 'lastOutput', remedy });
  }
  return differing;
}

/** Refuses a described recurrent layer that passes only its last output to another recurrent layer. */
export function checkSequences(scope: string, described: readonly Described[]): void {
  const recurrent = described.filter(({ type }) => ['lstm', 'gru', 'simple_rnn'].includes(type));
  const lastLayer = recurrent.at(-1)?.layer;
  const early = recurrent.find(
    ({ settings, layer }) => settings.get('return_sequences') === false && layer !== lastLayer,
  );
  if (!early) return;
  refuse(scope, {
    expected: 'recurrent layers that pass the outputs of all steps to the next',
    got: `${early.layer}, which was saved with return_sequences=False before a recurrent layer`,
    remedy: `read each layer into a separate model with names and strict: false, or ${ALONE}`,
  });
}
