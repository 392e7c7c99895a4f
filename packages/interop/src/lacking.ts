/** Descriptions of features of our cells that another framework lacks. */
import { isMinimal, isNormalizedLstm, type Leaf } from './model';
import { refuse } from './refuse';

/** Refuses a leaf with a feature that the other framework lacks. */
export function refuseLacking(
  scope: string,
  framework: string,
  leaf: Leaf,
  lacking: readonly string[],
): void {
  if (lacking.length === 0) return;
  refuse(scope, {
    expected: `only features that ${framework} has`,
    got: `${leaf.name}${leaf.path && ` at '${leaf.path}'`} with ${lacking.join(', ')}`,
    remedy: `export a model without this: ${framework} would compute something else`,
  });
}

/** Names the options of an LSTM that the leaf uses. */
export function lstmOptions({ layer }: Leaf, names: readonly (keyof typeof inWords)[]): string[] {
  if (layer.type !== 'lstm') return [];
  return names
    .filter((name) => layer[name] !== undefined && layer[name] !== false)
    .map((name) => inWords[name]);
}

const inWords = {
  peepholes: 'peepholes',
  cellClip: 'cell clipping',
  projection: 'projection',
  projectionClip: 'projection clipping',
} as const;

/** Names a minimal layer, for a framework that has none. */
export function minimalLayer(leaf: Leaf): string[] {
  return isMinimal(leaf) ? ['a recurrence that it lacks'] : [];
}

/** Names layer normalisation inside an LSTM, for a framework that has none. */
export function normalizedLstm(leaf: Leaf): string[] {
  return isNormalizedLstm(leaf) ? ['layer normalisation inside the cell'] : [];
}

/** Names a GRU's variant, if the leaf has it. */
export function gruVariant({ layer }: Leaf, variant: 'reset-after' | 'reset-before'): string[] {
  return layer.type === 'gru' && layer.variant === variant ? [`the variant ${variant}`] : [];
}

/** Names a recurrent leaf's activation, if it is not allowed. The gates must be sigmoids. */
export function otherActivations({ layer }: Leaf, allowed: readonly string[]): string[] {
  if (!('activation' in layer) || layer.type === 'linear') return [];
  const gates = 'recurrentActivation' in layer ? layer.recurrentActivation : 'sigmoid';
  const unknown = [
    ...(allowed.includes(layer.activation) ? [] : [layer.activation]),
    ...(gates === 'sigmoid' ? [] : [gates]),
  ];
  return unknown.map((activation) =>
    activation === 'custom' ? 'a custom activation function' : `the activation ${activation}`,
  );
}
