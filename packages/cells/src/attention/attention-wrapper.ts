import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import type { ActivationName } from '@unrolled/kernels';
import { ACTIVATION, type Activation, activationData, resolveActivation } from '../activations';
import { checkCell, checkParameter, checkSeed, checkStep, tensorInWords, valueAt } from '../checks';
import { type AnyCell, type Cell, type InputKind, inputKindOf, nameOf } from '../contract';
import { builtIn } from '../identity';
import { glorotUniform } from '../initializers';
import { deriveSeed, random } from '../random';
import { checkOptions, refuse } from '../refuse';
import type { AttentionScore } from '../structure';
import { tidy } from '../tree';
import { type AttentionData, type AttentionParams, attentionShapes } from './attention-data';
import { type AttentionState, stateFrom } from './attention-state';
import { attendTo, hasOwnKeys, keySize, type ScoreData } from './score';
import { unrollAttention } from './sequence';

/** The options of {@link attentionWrapper}. */
export interface AttentionWrapperOptions {
  /** M: the length of a source vector, such as the outputSize of an encoder. */
  readonly memorySize: number;
  /** Default 'general'. */
  readonly score?: AttentionScore | undefined;
  /** U, only for the additive score: the length of a key; default the cell's outputSize. */
  readonly units?: number | undefined;
  /** Only for the additive score: scales v to length g and adds a bias; default false. */
  readonly normalized?: boolean | undefined;
  /** A: the size of the attentional vector; if omitted, there is none. */
  readonly attentionUnits?: number | undefined;
  /** Activation of the attentional vector; default 'tanh'. */
  readonly activation?: Activation | ActivationName | undefined;
  /** Whether the cell also reads the attentional vector of the previous step; default false. */
  readonly inputFeeding?: boolean | undefined;
}

const KINDS: OptionKinds<AttentionWrapperOptions> = {
  memorySize: 'positive integer',
  score: "'additive', 'dot', 'general' or 'scaled'?",
  units: 'positive integer?',
  normalized: 'boolean?',
  attentionUnits: 'positive integer?',
  activation: ACTIVATION,
  inputFeeding: 'boolean?',
};

/**
 * A cell that attends to a source at every step: TF1's `AttentionWrapper`, the decoder of Luong et al., 2015.
 * With x the input, h the cell's output and m the source:
 *
 *     h = cell([x; a']) with input feeding, else cell(x)         a': a of the step before, zeros before the first
 *     s = shares over the source's positions of score(h, m)      the alignments, by a masked softmax
 *     c = Σ s·m                                                  the context
 *     a = activation([h; c]·W)                                   the attentional vector; without attentionUnits a = c
 *
 * The output is a, [B, A]; without attentionUnits it is [h; c], [B, Q + M].
 *
 * The source is part of the state. `attend(model, params, memory, { lengths })` returns the initial state
 * with the keys, which are computed once for each source. `zeroState` has a source without positions, and
 * `step` throws for it. For a batch of B, the source takes B·S·(M + U) numbers, and the alignments B·S. While
 * gradients are computed, each step keeps another B·S numbers, or B·S·U for the additive score.
 *
 * @param cell a cell, or a stack of cells. It reads vectors of length I; with input feeding I + A (without
 *   attentionUnits I + M), while the wrapper reads vectors of length I
 * @throws UnrolledError if sizes do not fit, or an option belongs to another score
 */
export function attentionWrapper<P, S, K extends InputKind = 'vectors'>(
  cell: Cell<P, S, K>,
  options: AttentionWrapperOptions,
): Cell<AttentionParams<P>, AttentionState<S>, K> {
  const scope = 'attentionWrapper';
  checkCell(scope, cell);
  checkOptions(scope, options, KINDS);
  const { activation = 'tanh', ...data } = dataOf(cell as AnyCell, options);
  const { memorySize, querySize, attentionUnits, inputFeeding } = data;
  const vectorSize = attentionUnits ?? memorySize;
  const inputSize = checkedInputSize(cell as AnyCell, inputFeeding, vectorSize);
  const name = `${scope}(${nameOf(cell as AnyCell)})`;
  const activate = resolveActivation(activation);
  const shapes = attentionShapes(data);
  type Params = AttentionParams<P>;
  type State = AttentionState<S>;

  const wrapped: Cell<Params, State, K> = {
    name,
    inputSize,
    outputSize: attentionUnits ?? querySize + memorySize,
    inputKind: inputKindOf(cell as AnyCell) as K,
    carriesState: cell.carriesState,
    init(seed) {
      checkSeed(name, seed);
      const own = shapes.map(([parameter, shape], index) => {
        const values = initialValues(data, parameter, shape, deriveSeed(seed, index + 1));
        return [parameter, tf.tensor(values, [...shape], 'float32')] as const;
      });
      return { cell: cell.init(deriveSeed(seed, 0)), ...Object.fromEntries(own) } as Params;
    },
    zeroState: (batchSize) =>
      stateFrom(cell.zeroState(batchSize), data, tf.zeros([batchSize, 0, memorySize])),
    step: (params, input, state, context) =>
      tidy(() => {
        checkStep(wrapped as AnyCell, input);
        checkSource(name, data, state, input.shape[0]!);
        for (const [parameter, shape] of shapes)
          checkParameter(name, parameter, shape, valueAt(params, [parameter]));
        const { memory, valid, keys } = state;
        const read = inputFeeding ? tf.concat([input as Tensor2D, state.attention!], 1) : input;
        const next = cell.step(params.cell, read as typeof input, state.cell, context);
        const found = attendTo(data, params, state, tf.expandDims(next.output, 1) as Tensor3D);
        const seen = tf.squeeze(found.context, [1]) as Tensor2D;
        const both = tf.concat([next.output, seen], 1);
        const output = attentionUnits ? activate(tf.matMul(both, params.attentionKernel!)) : both;
        return {
          output,
          state: {
            cell: next.state,
            alignments: tf.squeeze(found.alignments, [1]) as Tensor2D,
            ...(inputFeeding && { attention: tf.clone(attentionUnits ? output : seen) }),
            memory: tf.clone(memory),
            valid: tf.clone(valid),
            ...(keys && { keys: tf.clone(keys) }),
          },
        };
      }),
  };
  const structure = { type: scope, cell: cell as AnyCell, ...describedData(data, activation) } as const;
  return builtIn(wrapped, {
    structure,
    unroll(params, inputs, state, run = {}) {
      checkSource(name, data, state, inputs.shape[0]!);
      return tidy(() =>
        unrollAttention({ whole: wrapped, cell, data, activate }, params, inputs, state, run),
      );
    },
    tree: (leaf, within) => {
      const inner = { cell: within(cell as AnyCell, 'cell') };
      const own = shapes.map(([parameter, shape]) => [parameter, leaf(parameter, shape)] as const);
      return { ...inner, ...Object.fromEntries(own) };
    },
  });
}

function dataOf(cell: AnyCell, options: AttentionWrapperOptions) {
  const { memorySize, score = 'general', units, normalized, attentionUnits, activation } = options;
  const querySize = cell.outputSize;
  const misfit = (expected: string, got: string, remedy: string) =>
    refuse('attentionWrapper', { expected, got, remedy });
  if (score !== 'additive') {
    const other = units !== undefined ? 'units' : normalized ? 'normalized' : undefined;
    if (other) misfit(`${other} only with the score 'additive'`, `the score '${score}'`, 'omit it');
  }
  if ((score === 'dot' || score === 'scaled') && memorySize !== querySize) {
    const remedy = "use the score 'general', or make the sizes equal";
    misfit(`memorySize ${querySize}, the cell's outputSize, for '${score}'`, String(memorySize), remedy);
  }
  if (activation !== undefined && attentionUnits === undefined)
    misfit(
      'attentionUnits together with activation',
      'none',
      'set attentionUnits, the size of the attentional vector',
    );
  const { inputFeeding = false } = options;
  const filled = { score, units: units ?? querySize, normalized: normalized ?? false, memorySize, querySize };
  return { ...filled, attentionUnits, activation, inputFeeding };
}

/** I: the cell's input size minus the size of the fed-back vector. */
function checkedInputSize(cell: AnyCell, inputFeeding: boolean, vectorSize: number): number {
  if (!inputFeeding) return cell.inputSize;
  if (inputKindOf(cell) === 'ids') {
    refuse('attentionWrapper', {
      expected: 'a cell that reads vectors, for input feeding',
      got: `${nameOf(cell)}, which reads ids`,
      remedy: 'put an embedding before it: stack([embedding(…), attentionWrapper(…)])',
    });
  }
  const inputSize = cell.inputSize - vectorSize;
  if (inputSize >= 1) return inputSize;
  return refuse('attentionWrapper', {
    expected: `a cell that reads vectors of I + ${vectorSize}, for input feeding`,
    got: `${nameOf(cell)}, which reads vectors of ${cell.inputSize}`,
    remedy: `make it with inputSize: I + ${vectorSize}; the vector that is fed back is appended to the input`,
  });
}

/** A wrapper's description. Options with default values are omitted. */
function describedData(data: AttentionData, activation: Activation | ActivationName) {
  const { score, units, normalized, memorySize, attentionUnits, inputFeeding } = data;
  return {
    memorySize,
    score,
    ...(score === 'additive' && { units, normalized }),
    ...(attentionUnits && { attentionUnits, activation: activationData(activation) }),
    inputFeeding,
  };
}

/** g is initially 1 for 'scaled' and 1/√U for a normalised score, as in TF1. The bias is initially 0. */
function initialValues(
  data: ScoreData,
  parameter: string,
  shape: readonly number[],
  seed: number,
): Float32Array {
  if (parameter === 'scoreBias') return new Float32Array(shape[0]!);
  if (parameter === 'scoreGain')
    return Float32Array.of(data.score === 'scaled' ? 1 : 1 / Math.sqrt(data.units));
  return glorotUniform(shape, random(seed));
}

/** Throws for a state without a source, or with an inconsistent one. */
function checkSource(name: string, data: AttentionData, state: AttentionState<unknown>, rows: number): void {
  const { memory, valid, keys } = Object(state) as AttentionState<unknown>;
  const positions = memory?.shape[1];
  const remedy =
    'pass initialState: attend(model, params, memory, { lengths }), or encode(…) of an encoderDecoder';
  if (positions === 0)
    refuse(name, { expected: 'a state with a source', got: 'the zero state, which has no source', remedy });
  const fits = (tensor: Tensor2D | Tensor3D | undefined, size?: number) => {
    const shape = size === undefined ? [rows, positions!] : [rows, positions!, size];
    return tensor !== undefined && tf.util.arraysEqual(tensor.shape, shape);
  };
  const misfit = !fits(memory, data.memorySize)
    ? memory
    : !fits(valid)
      ? valid
      : hasOwnKeys(data) && !fits(keys, keySize(data)) && keys;
  if (misfit === false) return;
  const expected = `a source [${rows}, S, ${data.memorySize}] with a mask${hasOwnKeys(data) ? ' and keys' : ''} of the same S`;
  refuse(name, { expected, got: tensorInWords(misfit), remedy, code: 'shape' });
}
