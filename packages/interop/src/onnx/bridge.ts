/**
 * The bridge from an encoder's last state to a decoder's initial state (`attention/bridge.ts` of
 * `@unrolled/cells`), as ONNX operators.
 */
import { type AnyPart, type LayerData, layerType } from '@unrolled/cells';
import { below, type Leaf, structureFor, weightsOf } from '../model';
import type { ExportContext } from './context';
import type { Graph } from './graph';

const scope = 'toOnnxEncoder';

/** A state's value in the graph, [B, n]. */
export interface State {
  readonly value: string;
  readonly size: number;
}

/**
 * A state of the decoder's cells: its path in the decoder's state, and the path of its bridge in the
 * parameters.
 */
export interface CellState {
  readonly statePath: string;
  readonly bridgePath: string;
  readonly size: number;
}

/** In the bridge, the cell of an attention wrapper has the wrapper's place. */
export function cellStates(part: AnyPart, statePath = '', bridgePath = ''): CellState[] {
  const structure = structureFor(scope, part);
  const inner = (one: AnyPart, key: string | number) =>
    cellStates(one, below(statePath, key), below(bridgePath, key));
  switch (structure.type) {
    case 'stack':
      return structure.parts.flatMap(inner);
    case 'residual':
    case 'lastOutput':
    case 'dropoutWrapper':
      return cellStates(structure.part, statePath, bridgePath);
    case 'tiedEmbedding':
      return cellStates(structure.body, statePath, bridgePath);
    case 'attentionWrapper':
      return cellStates(structure.cell, below(statePath, 'cell'), bridgePath);
    default: {
      if (!('inputSize' in structure)) return [];
      const states = Object.entries(layerType<LayerData>(structure).states(structure));
      return states.map(([name, size]) => ({
        ...{ statePath: below(statePath, name), bridgePath: below(bridgePath, name), size },
      }));
    }
  }
}

/** A value for each row of the source, [B, n]. */
export function repeated(graph: Graph, value: string, memory: string, size: number): string {
  const rows = graph.value('Gather', '', [graph.value('Shape', '', [memory]), graph.integers(0)]);
  const shape = graph.value('Concat', '', [rows, graph.integers(size)], { axis: 0 });
  return graph.value('Expand', '', [value, shape]);
}

/** The initial states of the decoder's cells, by their paths in the decoder's state. */
export function bridged(
  { graph, params }: ExportContext,
  from: ReadonlyMap<string, State>,
  to: readonly CellState[],
  bridge: 'dense' | 'copy' | 'zero' | 'learned',
  memory: string,
): Map<string, State> {
  const sideBySide = (values: readonly string[]) =>
    values.length === 1 ? values[0]! : graph.value('Concat', 'bridge', values, { axis: 1 });
  const all = [...from.values()];
  const width = all.reduce((sum, { size }) => sum + size, 0);
  const every = bridge === 'dense' ? sideBySide(all.map(({ value }) => value)) : '';
  const copied = bridge === 'copy' ? copyPlan([...from.keys()], to) : undefined;
  const spread = (value: string, size: number) => repeated(graph, value, memory, size);
  const made = ({ bridgePath, size }: CellState): string => {
    const path = below('bridge', bridgePath);
    const weights = (layer: Leaf['layer']) => weightsOf(scope, { path, name: 'the bridge', layer }, params);
    switch (bridge) {
      case 'zero':
        return spread(graph.scalar(0, 'float32'), size);
      case 'learned': {
        const layer = {
          type: 'attentionWeight',
          weight: 'initial',
          inputSize: 1,
          units: size,
          shape: [size],
        } as const;
        return spread(graph.weights(below(path, 'initial'), weights(layer).initial!), size);
      }
      case 'copy':
        return sideBySide(copied!.get(bridgePath)!.map((one) => from.get(one)!.value));
      case 'dense': {
        const { kernel, bias } = weights({
          type: 'linear',
          inputSize: width,
          units: size,
          activation: 'tanh',
          useBias: true,
        });
        const product = graph.value('MatMul', path, [every, graph.weights(below(path, 'kernel'), kernel!)]);
        const sum = graph.value('Add', path, [product, graph.weights(below(path, 'bias'), bias!)]);
        return graph.value('Tanh', path, [sum]);
      }
    }
  };
  return new Map(to.map((state) => [state.statePath, { value: made(state), size: state.size }]));
}

/**
 * The encoder's states for each state of the decoder: matched by layer and name, with both directions
 * concatenated.
 */
function copyPlan(from: readonly string[], to: readonly CellState[]): Map<string, string[]> {
  const layersOf = (paths: readonly string[]) => {
    const layers = new Map<string, Map<string, string[]>>();
    for (const path of paths) {
      const keys = path.split('.').filter((key) => key !== 'forward' && key !== 'backward');
      const name = keys.pop()!;
      const layer = layers.get(keys.join('.')) ?? new Map<string, string[]>();
      layers.set(keys.join('.'), layer.set(name, [...(layer.get(name) ?? []), path]));
    }
    return [...layers.values()];
  };
  const given = layersOf(from);
  const wanted = layersOf(to.map(({ bridgePath }) => bridgePath));
  return new Map(
    wanted.flatMap((layer, index) =>
      [...layer].map(([name, [path]]) => [path!, given[index]!.get(name)!] as const),
    ),
  );
}
