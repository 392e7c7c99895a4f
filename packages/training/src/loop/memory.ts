/** Throws for sizes whose training needs too much memory, before anything is allocated. */
import * as tf from '@tensorflow/tfjs-core';
import { parameterShapes, type RecurrentCellName, recurrentCells } from '@unrolled/cells';
import type { OptionKinds } from '@unrolled/errors';
import { check, checkKind, checkOptions, refuse } from '../refuse';

/** The memory of a training step, in numbers of four bytes. */
export interface TrainingSize {
  /** Number of all parameters. */
  readonly parameters: number;
  /** Values kept for the gradient: gates and states of every time step of every row, and logits. */
  readonly activations: number;
  /** Number of copies of the parameters; default 4: the parameters, their gradients, and Adam's two means. */
  readonly copies?: number;
}

/** Number of stacked recurrent layers. */
export interface RecurrentSize {
  readonly cell: RecurrentCellName;
  readonly layers: number;
  readonly units: number;
  /** Input size of the lowest layer. */
  readonly inputSize: number;
  /** B · T: rows of a batch times its steps. */
  readonly steps: number;
}

/**
 * Overhead of the objects for a layer's tensors (parameters, gradients and slots), in numbers of four bytes.
 */
const OBJECTS = 4096;
/** Number of gate and state values kept per unit and step. */
const KEPT = { lstm: 6, gru: 4, rnn: 1 } as const satisfies Record<RecurrentCellName, number>;

const SIZE: OptionKinds<RecurrentSize> = {
  cell: 'string',
  layers: 'number',
  units: 'number',
  inputSize: 'number',
  steps: 'number',
};

const TRAINING_SIZE: OptionKinds<TrainingSize> = {
  parameters: 'number',
  activations: 'number',
  copies: 'number?',
};

/**
 * The memory of recurrent layers in training, computed from the shapes of their parameters. No tensor is
 * created.
 */
export function recurrentSize(size: RecurrentSize): TrainingSize {
  checkOptions('recurrentSize', size, SIZE);
  const { cell, layers, units, inputSize, steps } = size;
  check.choice('recurrentSize', 'cell', cell, Object.keys(recurrentCells));
  const numbersOf = (from: number) =>
    Object.values(parameterShapes(recurrentCells[cell]({ inputSize: from, units })))
      .map((shape) => shape.reduce((product, length) => product * length, 1))
      .reduce((sum, numbers) => sum + numbers, 0);
  return {
    parameters: numbersOf(inputSize) + (layers - 1) * numbersOf(units),
    activations: layers * (steps * units * KEPT[cell] + OBJECTS),
  };
}

/** The limit of WebAssembly's address space in bytes, which is also about the limit of JavaScript's heap. */
const WEB_ASSEMBLY = 2 ** 32;

/**
 * Throws if training a model or a batch needs more than the available memory: that of the machine or the
 * container and, except on TensorFlow's library, the 4 GiB of WebAssembly.
 *
 * @param remedy the option to reduce, in the caller's terms
 * @throws UnrolledError with code 'memory'
 */
export function checkTrainingMemory(scope: string, size: TrainingSize, remedy: string): void {
  checkKind('checkTrainingMemory', 'scope', scope, 'string');
  checkOptions('checkTrainingMemory', size, TRAINING_SIZE);
  checkKind('checkTrainingMemory', 'remedy', remedy, 'string');
  const { parameters, activations, copies = 4 } = size;
  const what = () => `${parameters.toLocaleString('en')} weights and batches`;
  checkMemory(scope, what, 4 * (copies * parameters + activations), remedy);
}

/**
 * Number of bytes below which nothing is checked, because asking the system for its memory takes as long as
 * several steps of a small model.
 */
const ALWAYS_THERE = 2 ** 20;

/**
 * Throws if more memory is needed than is available.
 *
 * @param what the name of the data, computed on demand, because formatting the first number takes ten
 *   milliseconds
 */
export function checkMemory(scope: string, what: () => string, bytes: number, remedy: string): void {
  if (bytes <= ALWAYS_THERE) return;
  const engine = tf.getBackend() === 'tensorflow' ? Number.POSITIVE_INFINITY : WEB_ASSEMBLY;
  const available = Math.min(machineMemory(), engine);
  if (bytes <= available) return;
  refuse(scope, {
    expected: `sizes that fit into ${inGigabytes(available)} of memory`,
    got: `${what()} that need at least ${inGigabytes(bytes)}`,
    remedy,
    code: 'memory',
  });
}

/** Memory of this machine or of its container, in bytes; infinite if unknown. */
function machineMemory(): number {
  const { process } = globalThis as {
    process?: { constrainedMemory?(): number; getBuiltinModule?(name: string): { totalmem(): number } };
  };
  const total = process?.getBuiltinModule?.('node:os').totalmem() ?? Number.POSITIVE_INFINITY;
  return Math.min(total, process?.constrainedMemory?.() || Number.POSITIVE_INFINITY);
}

const inGigabytes = (bytes: number) =>
  `${(bytes / 2 ** 30).toLocaleString('en', { maximumFractionDigits: 1 })} GiB`;
