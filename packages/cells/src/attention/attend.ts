import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkParams } from '../check-tensors';
import { checkPart, checkState, isTensorOf, tensorInWords } from '../checks';
import { type AnyPart, nameOf, type ParamsOf, type StateOf } from '../contract';
import { structureOf } from '../identity';
import { maskSequence } from '../masks';
import { checkLengths, checkOptions, refuse } from '../refuse';
import type { AttentionWrapperStructure } from '../structure';
import { mapTree, tidy } from '../tree';
import { attentionDataOf } from './attention-data';
import { type AttentionState, stateFrom } from './attention-state';
import { attentionPlaces } from './places';
import { hasOwnKeys, keysOf, type ScoreParams, validPlaces } from './score';

/**
 * The states of a model's cells: the model's state, in which each attention wrapper's state is replaced by
 * that of its inner cell.
 */
export type CellStates<S> =
  S extends AttentionState<infer C>
    ? C
    : S extends readonly unknown[]
      ? { readonly [Index in keyof S]: CellStates<S[Index]> }
      : S;

/** The options of {@link attend}. */
export interface AttendOptions<S> {
  /** Valid positions of each row of the source, 0 … S; default all S. */
  readonly lengths?: ArrayLike<number> | undefined;
  /**
   * The initial states of the cells; default zeros. For an attention wrapper give the state of its inner
   * cell.
   */
  readonly state?: CellStates<S> | undefined;
}

const KINDS: OptionKinds<AttendOptions<unknown>> = { lengths: 'value?', state: 'value?' };

/**
 * Returns the initial state of a model with attention: for each attention wrapper the source and its keys,
 * and the states of the cells.
 *
 * @param model an attention wrapper, or a stack or another part that contains one
 * @param memory the source, float32 [B, S, M], such as an encoder's output or the cells of a picture
 * @returns a state for `initialState` of `unroll`, whose tensors the caller owns. Gradients flow through it
 *   to the source, the parameters and the given state. Values past a row's length, even NaN, affect none of
 *   them
 * @throws UnrolledError if the model has no attention, or sizes do not fit
 */
export function attend<L extends AnyPart>(
  model: L,
  params: ParamsOf<L>,
  memory: Tensor3D,
  options: AttendOptions<StateOf<L>> = {},
): StateOf<L> {
  const scope = 'attend';
  checkPart(scope, model);
  checkOptions(scope, options as AttendOptions<unknown>, KINDS);
  const [place] = attentionPlaces(model);
  if (!place) {
    return refuse(scope, {
      expected: 'a model with an attentionWrapper',
      got: nameOf(model),
      remedy: 'put attentionWrapper around the cell that should attend',
    });
  }
  const { memorySize } = place.structure;
  const rows = (memory as Tensor3D | undefined)?.shape?.[0] ?? 0;
  const isSource = isTensorOf(memory, 'float32', [0, 0, memorySize]) && memory.size > 0;
  if (!isSource) {
    refuse(scope, {
      expected: `a source float32 [B, S, ${memorySize}], with at least one row and one position`,
      got: tensorInWords(memory),
      remedy: "pass the encoder's output; memorySize is the length of its vectors",
      code: 'shape',
    });
  }
  const lengths = checkLengths(scope, options.lengths, rows, memory.shape[1]);
  checkParams(model, params);
  return tidy(() => startOf(model, params, { memory, lengths }, options.state)) as StateOf<L>;
}

/** The source that a decoder attends to. */
export interface Source {
  readonly memory: Tensor3D;
  readonly lengths: readonly number[] | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: trees that belong to the part.
type Tree = any;

/**
 * The initial state of a part, with the given states of its cells; undefined for zeros. Call it inside a
 * tidy.
 */
export function startOf(part: AnyPart, params: Tree, source: Source, state: Tree): unknown {
  const structure = structureOf(part);
  switch (structure?.type) {
    case 'attentionWrapper':
      return attentionStart(structure, params, source, state);
    case 'stack':
      return structure.parts.map((inner, index) => startOf(inner, params[index], source, state?.[index]));
    case 'residual':
    case 'lastOutput':
    case 'dropoutWrapper':
      return startOf(structure.part, params, source, state);
    case 'tiedEmbedding':
      return startOf(structure.body, params.body, source, state);
    case 'encoderDecoder':
      return startOf(structure.decoder, params.decoder, source, state);
    case 'bidirectional':
      return {
        forward: startOf(structure.forward, params.forward, source, state?.forward),
        backward: startOf(structure.backward, params.backward, source, state?.backward),
      };
  }
  const rows = source.memory.shape[0];
  if (state === undefined) return part.zeroState(rows);
  checkState(part, state, rows);
  return mapTree(state, (tensor: Tensor) => tf.clone(tensor));
}

function attentionStart(
  structure: AttentionWrapperStructure<AnyPart>,
  params: Tree,
  source: Source,
  state: Tree,
): AttentionState<unknown> {
  const data = attentionDataOf(structure);
  const [rows, positions, size] = source.memory.shape;
  if (size !== data.memorySize) {
    refuse('attend', {
      expected: `one source of ${size} for all attention wrappers`,
      got: `memorySize ${data.memorySize}`,
      remedy: 'make their memorySize the same',
    });
  }
  const memory = tf.clone(maskSequence(source.memory, source.lengths));
  const { lengths } = source;
  const valid = validPlaces(rows, positions, lengths);
  const keys = hasOwnKeys(data) ? keysOf(params as ScoreParams, memory) : undefined;
  return stateFrom(startOf(structure.cell, params.cell, source, state), data, memory, valid, keys);
}
