/**
 * A recurrent cell over a whole sequence as one operator (ONNX operators RNN, LSTM and GRU, version 14):
 *
 *     X [T, B, I], W [1, G·H, I], R [1, G·H, H], B [1, 2·G·H], sequence_lens [B], initial_h and initial_c [1, B, H],
 *     P [1, 3·H]  →  Y [T, 1, B, H], Y_h and Y_c [1, B, H]
 *
 * Order of the gates: LSTM i, o, f, c; GRU z, r, h, with `linear_before_reset` for our reset-after; peepholes
 * i, o, f. In reverse, each row starts at its own last step.
 */
import { layerType, type RecurrentLayer } from '@unrolled/cells';
import { gateConversion, ONNX_GATES, reorderGates } from '../gates';
import { lstmOptions, refuseLacking } from '../lacking';
import { joinColumns, type Matrix, reshape, transpose, zeros } from '../matrix';
import { below, type Leaf, type Weights, weightsOf } from '../model';
import { activationAttributes } from './activations';
import type { ExportContext, Place } from './context';
import type { AttributeValue } from './messages';

/** The order of the peephole rows, ours and ONNX's. */
const PEEPHOLES = ['input', 'forget', 'output'];
const ONNX_PEEPHOLES = ONNX_GATES.lstm.filter((gate) => PEEPHOLES.includes(gate));

const operators = { simpleRnn: 'RNN', lstm: 'LSTM', gru: 'GRU' } as const;

/** Adds the operator of a leaf and returns its output, [T, B, I] → [T, B, H]. */
export function addRecurrent(
  context: ExportContext,
  leaf: Leaf<RecurrentLayer>,
  input: string,
  { path, statePath, reverse }: Place,
): string {
  refuseLacking('toOnnx', 'ONNX', leaf, lstmOptions(leaf, ['cellClip', 'projection', 'projectionClip']));
  const { graph, lengths } = context;
  const { layer } = leaf;
  const weights = onnxWeights(leaf, weightsOf('toOnnx', leaf, context.params));
  const constant = (name: string, matrix: Matrix | undefined) =>
    matrix ? graph.weights(below(path, name), reshape(matrix, [1, ...matrix.shape])) : '';
  const states = Object.keys(layerType<RecurrentLayer>(layer).states(layer));
  const initial = states.map((name) =>
    context.state ? initialState(context, leaf, below(statePath, name)) : '',
  );
  const inputs = [
    ...[
      input,
      constant('W', weights.kernel),
      constant('R', weights.recurrentKernel),
      constant('B', weights.bias),
    ],
    ...[lengths ?? '', ...initial, ...(weights.peephole ? [constant('P', weights.peephole)] : [])],
  ];
  const [output, ...finals] = graph.add(operators[layer.type], path, withoutTrailing(inputs), {
    attributes: {
      hidden_size: layer.units,
      direction: reverse ? 'reverse' : 'forward',
      ...attributesOf(layer),
    },
    outputs: 1 + states.length,
  });
  if (context.state || context.finals) {
    for (const [index, name] of states.entries()) {
      finalState(context, leaf, below(statePath, name), finals[index]!, initial[index]!);
    }
  }
  return graph.value('Squeeze', path, [output!, graph.integers(1)]); // [T, 1, B, H] → [T, B, H]
}

function attributesOf(layer: RecurrentLayer): Record<string, AttributeValue> {
  const { type, activation } = layer;
  if (type === 'simpleRnn') return activationAttributes(type, [activation]);
  const { recurrentActivation: gates } = layer;
  if (type === 'lstm') return activationAttributes(type, [gates, activation, activation]);
  const after = layer.variant === 'reset-after';
  return { ...activationAttributes(type, [gates, activation]), linear_before_reset: after ? 1 : 0 };
}

/** Kernels transposed, gates in ONNX's order, both biases concatenated. */
function onnxWeights({ layer }: Leaf<RecurrentLayer>, weights: Weights): Weights {
  const { units } = layer;
  const { toTheirs } = gateConversion(layer, ONNX_GATES);
  const { kernel, recurrentKernel, bias, recurrentBias, peephole } = weights;
  const peepholes =
    peephole && reorderGates(reshape(peephole, [3 * units]), units, PEEPHOLES, ONNX_PEEPHOLES);
  return {
    kernel: transpose(toTheirs(kernel!)),
    recurrentKernel: transpose(toTheirs(recurrentKernel!)),
    bias: joinColumns(toTheirs(bias!), recurrentBias ?? zeros(bias!.shape)),
    ...(peepholes && { peephole: peepholes }),
  };
}

/** Reshapes an input [B, H] to [1, B, H]. */
function initialState({ graph }: ExportContext, leaf: Leaf, path: string): string {
  const name = `initial_state.${path}`;
  const description = 'the state before the first step; zeros for a new sequence';
  graph.inputs.push({ name, type: 'float32', shape: ['batch', leaf.layer.units], description });
  return graph.value('Unsqueeze', path, [name, graph.integers(0)]);
}

/**
 * Reshapes an output [1, B, H] to [B, H]. ONNX does not define a row of length 0, so the graph gives it its
 * initial state.
 */
function finalState(
  { graph, lengths, finals }: ExportContext,
  leaf: Leaf,
  path: string,
  value: string,
  initial: string,
): void {
  let state = value;
  if (lengths !== undefined) {
    const column = graph.value('Unsqueeze', path, [lengths, graph.integers(1)]); // [B, 1]
    const some = graph.value('Greater', path, [column, graph.scalar(0, 'int32')]);
    state = graph.value('Where', path, [some, value, initial || graph.scalar(0, 'float32')]);
  }
  const rows = graph.value('Squeeze', path, [state, graph.integers(0)]);
  if (finals) {
    finals.set(path, rows);
    return;
  }
  const name = `final_state.${path}`;
  const description = "the state after each row's last step";
  graph.outputs.push({ name, type: 'float32', shape: ['batch', leaf.layer.units], description });
  graph.rename(rows, name);
}

/** Omitted optional inputs at the end need no placeholder. */
function withoutTrailing(inputs: readonly string[]): readonly string[] {
  let { length } = inputs;
  while (inputs[length - 1] === '') length--;
  return inputs.slice(0, length);
}
