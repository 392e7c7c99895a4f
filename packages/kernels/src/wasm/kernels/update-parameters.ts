import { type KernelConfig, engine as tfEngine, type Variable } from '@tensorflow/tfjs-core';
import { SUM_BLOCK, UpdateArguments, UpdateRow } from '../../generated/abi';
import type { UpdateCall } from '../../ops/update-parameters';
import { adamRates, keptShare, type ParameterUpdate } from '../../ops/update-rules';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { kernel } from './kernel';

/**
 * The address of the variable's data, which is about to be overwritten. If another tensor shares the memory,
 * the data is copied first.
 */
export function ownAddress(backend: UnrolledBackend, variable: Variable): number {
  if (backend.refCount(variable.dataId) > 1) {
    const source = backend.resident(variable, 'a parameter');
    const copy = backend.makeResident(variable.shape, 'a parameter');
    backend.resident(copy, '').values.set(source.values);
    const tensor = tfEngine().makeTensorFromTensorInfo(copy, backend);
    variable.assign(tensor);
    tensor.dispose();
  }
  const data = backend.resident(variable, 'a parameter');
  data.willChange();
  return data.address;
}

/** The argument fields that depend on the optimizer. */
function coefficients(
  options: ParameterUpdate,
): Pick<UpdateArguments, 'rate' | 'decay1' | 'decay2' | 'epsilon' | 'momentum'> {
  if (options.kind === 'adam') {
    const { rate, epsilon } = adamRates(options);
    return { rate, decay1: options.beta1, decay2: options.beta2, epsilon };
  }
  const { learningRate: rate, momentum } = options;
  if (options.kind === 'sgd') return { rate, momentum };
  return { rate, momentum, decay1: options.decay, epsilon: options.epsilon };
}

/** The arguments of a step, without the scale of the gradients. */
export function updateArguments(
  options: ParameterUpdate,
  at: Pick<UpdateArguments, 'tensors' | 'table' | 'sums'>,
): UpdateArguments {
  const { rate, decay1, decay2, epsilon, momentum } = coefficients(options);
  return {
    kind: options.kind,
    ...at,
    rate,
    decay1,
    decay2,
    epsilon,
    momentum,
    scale: 1,
    limit: options.clip && 'value' in options.clip ? options.clip.value : 0,
  };
}

/** The work of an update of parameters with these sizes, and its number of blocks of sums of squares. */
export function updateWork(sizes: readonly number[]): { work: number; blocks: number } {
  let work = 0;
  let blocks = 0;
  for (const size of sizes) {
    work += size * 4;
    blocks += Math.ceil(size / SUM_BLOCK);
  }
  return { work, blocks };
}

/** √Σg², from the sums of the job `gradientSquares`. */
export function normOf(buffer: ArrayBufferLike, sums: number, blocks: number): number {
  const squares = new Float64Array(buffer, sums, blocks);
  let total = 0;
  for (let i = 0; i < blocks; i++) total += squares[i]!;
  return Math.sqrt(total);
}

/** The factor that scales every gradient so that the norm is at most the clip's limit. */
export function clipScale({ clip }: ParameterUpdate, norm: number): number {
  const most = clip && 'globalNorm' in clip ? clip.globalNorm : Infinity;
  return norm > most ? most / norm : 1;
}

function update(
  backend: UnrolledBackend,
  { options, parameters, gradients, slots, result }: UpdateCall,
): void {
  const { engine } = backend;
  try {
    const table = engine.temporary(parameters.length * UpdateRow.bytes, 'the table of parameters');
    const slotAddress = (slot: number, i: number) => {
      const variable = slots[slot]?.[i];
      return variable && ownAddress(backend, variable);
    };
    parameters.forEach((parameter, i) => {
      const row = {
        gradient: backend.address(gradients[i]!, 'a gradient'),
        parameter: ownAddress(backend, parameter),
        slot1: slotAddress(0, i),
        slot2: slotAddress(1, i),
        count: parameter.size,
        kept: keptShare(options, parameter),
      };
      engine.write(UpdateRow, row, table + i * UpdateRow.bytes);
    });
    const { work, blocks } = updateWork(parameters.map(({ size }) => size));
    const sums = engine.temporary(blocks * 8, 'the sums of squares');
    const threads = engine.threadsFor(work);
    const call = updateArguments(options, { tensors: parameters.length, table, sums });
    engine.write(UpdateArguments, call);
    engine.run('gradientSquares', threads);
    const norm = normOf(engine.buffer, sums, blocks);
    result.gradientNorm = norm;
    if (!Number.isFinite(norm)) return; // Nothing has been written yet, so the parameters stay valid.
    call.scale = clipScale(options, norm);
    engine.write(UpdateArguments, call);
    engine.run('update', threads);
  } finally {
    engine.releaseTemporaries();
  }
}

/** The kernel of `updateParameters`. */
export function updateKernels(): KernelConfig[] {
  return [
    kernel<UpdateCall>('UpdateParameters', (backend, _inputs, call) => {
      update(backend, call);
      return [];
    }),
  ];
}
