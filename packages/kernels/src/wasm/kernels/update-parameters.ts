import { type KernelConfig, engine as tfEngine, type Variable } from '@tensorflow/tfjs-core';
import type { UpdateCall } from '../../ops/update-parameters';
import { adamRates, keptShare, type ParameterUpdate } from '../../ops/update-rules';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import { Float } from '../engine/engine';
import { JOB } from '../engine/jobs';

const KIND = { sgd: 0, rmsprop: 1, adam: 2 } as const;
/** BLOCK of assembly/optimizer.ts. */
const SUM_BLOCK = 4096;

/** The variable's data, in memory that no other tensor shares: it is about to be overwritten. */
function ownAddress(backend: UnrolledBackend, variable: Variable): number {
  if (backend.refCount(variable.dataId) > 1) {
    const source = backend.resident(variable, 'a parameter');
    const copy = backend.makeResident(variable.shape, 'a parameter');
    backend.resident(copy, '').values.set(source.values);
    const tensor = tfEngine().makeTensorFromTensorInfo(copy, backend);
    variable.assign(tensor);
    tensor.dispose();
  }
  return backend.address(variable, 'a parameter');
}

const oneFloat = new Float32Array(1);
const itsBits = new Int32Array(oneFloat.buffer);

/** As the 32 bits of a float, for the table. */
function keptBits(options: ParameterUpdate, parameter: Variable): number {
  oneFloat[0] = keptShare(options, parameter);
  return itsBits[0]!;
}

/** rate, decay1, decay2, epsilon, momentum of assembly/optimizer.ts `UpdateArguments`. */
function coefficients(options: ParameterUpdate): number[] {
  if (options.kind === 'adam') {
    const { rate, epsilon } = adamRates(options);
    return [rate, options.beta1, options.beta2, epsilon, 0];
  }
  if (options.kind === 'rmsprop') {
    return [options.learningRate, options.decay, 0, options.epsilon, options.momentum ?? 0];
  }
  return [options.learningRate, 0, 0, 0, options.momentum ?? 0];
}

function update(
  backend: UnrolledBackend,
  { options, parameters, gradients, slots, result }: UpdateCall,
): void {
  const { engine } = backend;
  try {
    const rows: number[] = [];
    let floats = 0;
    let blocks = 0;
    parameters.forEach((parameter, i) => {
      const gradient = backend.address(gradients[i]!, 'a gradient');
      rows.push(ownAddress(backend, parameter), gradient);
      for (let slot = 0; slot < 2; slot++) {
        const variable = slots[slot]?.[i];
        rows.push(variable ? ownAddress(backend, variable) : 0);
      }
      rows.push(parameter.size, keptBits(options, parameter));
      floats += parameter.size;
      blocks += Math.ceil(parameter.size / SUM_BLOCK);
    });
    const table = engine.temporaryIntegers(rows, 'the table of parameters');
    const sums = engine.temporary(blocks * 8, 'the sums of squares');
    const threads = engine.threadsFor(floats * 4);
    const floatsOf = (numbers: readonly number[]) => numbers.map((value) => new Float(value));
    const head = [KIND[options.kind], parameters.length, table, sums];
    const limit = options.clip && 'value' in options.clip ? options.clip.value : 0;
    engine.arguments([...head, ...floatsOf([...coefficients(options), 1, limit])]);
    engine.run(JOB.gradientSquares, threads);
    const squares = new Float64Array(engine.buffer, sums, blocks);
    let total = 0;
    for (let i = 0; i < blocks; i++) total += squares[i]!;
    const norm = Math.sqrt(total);
    result.gradientNorm = norm;
    if (!Number.isFinite(norm)) return; // Nothing has changed yet, and what is good should stay so.
    const most = options.clip && 'globalNorm' in options.clip ? options.clip.globalNorm : Infinity;
    const scale = norm > most ? most / norm : 1;
    engine.arguments([...head, ...floatsOf([...coefficients(options), scale, limit])]);
    engine.run(JOB.update, threads);
  } finally {
    engine.releaseTemporaries();
  }
}

export const updateKernels: readonly KernelConfig[] = [
  {
    kernelName: 'UpdateParameters',
    backendName: 'unrolled',
    kernelFunc: ({ backend, attrs }) => {
      update(backend as UnrolledBackend, attrs as unknown as UpdateCall);
      return [];
    },
  },
];
