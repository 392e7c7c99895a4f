import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import { SequenceArguments } from '../../generated/abi';
import { KERNEL } from '../../kernel-names';
import { layerFacts } from '../../layers/layer-facts';
import { layerType, type RecurrentLayer, recurrentTypes } from '../../layers/layer-types';
import type { SequenceAttributes } from '../../ops/recurrent-sequence';
import { refuse } from '../../refuse';
import { gradientGroups, operandBytes } from '../engine/buffer-sizes';
import type { KernelHost } from './host';
import { type Inputs, kernel } from './kernel';
import { gateColumns, hasHardGates, reserveWidth, wasmType } from './layer-kinds';

/** The arguments that the forward and the backward pass share; writes x, ids and lengths to the memory. */
function commonArguments(
  backend: KernelHost,
  inputs: Inputs,
  { layer, lengths, reverse }: SequenceAttributes,
  threads: number,
): SequenceArguments {
  const { engine } = backend;
  const sizes = engine.sizes('forward');
  const { op, gates } = layerType(layer);
  const { inputSize, units } = layer;
  const x = inputs.x!;
  const [batch, time] = x.shape as [number, number];
  const scratchBytes = sizes.sequenceScratchBytes(batch, units, threads);
  const rows = lengths ? { lengths, time } : undefined;
  const takesIds = x.dtype === 'int32';
  return {
    ...SequenceArguments.blank,
    layer: wasmType(layer).code(layer),
    batch,
    time,
    inputSize,
    units,
    reverse,
    hardGates: hasHardGates(layer),
    reserveWidth: reserveWidth(sizes, layer),
    lengths: lengths ? backend.lengths(lengths, op) : 0,
    ids: takesIds ? backend.ids(x, inputSize, op, rows) : 0,
    x: takesIds ? 0 : backend.address(x, op),
    kernel: backend.address(inputs.kernel!, op),
    recurrentKernel: backend.address(inputs.recurrentKernel!, op),
    initialH: backend.address(inputs.h!, op),
    initialC: inputs.c && backend.address(inputs.c, op),
    packedRecurrent: engine.temporary(
      4 * sizes.packedRecurrentFloats(gates.length, units),
      () => `${op}'s packed weights`,
    ),
    scratch: engine.temporary(scratchBytes * threads, () => `${op}'s scratch`),
    scratchBytes,
  };
}

/** The number of threads for a pass over the whole sequence. */
function threadsFor({ engine }: KernelHost, x: TensorInfo, layer: RecurrentLayer): number {
  const [batch, time] = x.shape as [number, number];
  return engine.threadsFor(batch * time * gateColumns(layer) * (layer.units + layer.inputSize));
}

/** Returns output, states and, with `keep`, the handle of the gradient's data. */
export function forward(backend: KernelHost, inputs: Inputs, attributes: SequenceAttributes): TensorInfo[] {
  const { engine } = backend;
  const sizes = engine.sizes('forward');
  const { layer, keep } = attributes;
  const { inputSize, units } = layer;
  const { op, outputSize, states } = layerFacts(layer);
  const [batch, time] = inputs.x!.shape as [number, number];
  const columns = gateColumns(layer);
  const threads = threadsFor(backend, inputs.x!, layer);
  const what = () => `${op} with batch ${batch}, ${time} steps and ${units} units`;
  return backend.making((make) => {
    const output = make([batch, time, outputSize], () => `the output of ${what()}`);
    const after = states.map(([, width]) => make([batch, width], what));
    const made: TensorInfo[] = [output, ...after];
    let reserve = 0;
    if (keep) {
      const kept = make([0], 'a handle');
      made.push(kept);
      reserve = engine.allocate(
        batch * time * reserveWidth(sizes, layer) * 4,
        () => `the kept activations of ${what()}`,
      );
      Object.assign(backend.keptBy(kept), { block: reserve, sizes });
    }
    const common = commonArguments(backend, inputs, attributes, threads);
    const [h, c] = after;
    engine.write(SequenceArguments, {
      ...common,
      bias: backend.address(inputs.bias!, op),
      recurrentBias: inputs.recurrentBias && backend.address(inputs.recurrentBias, op),
      packedKernel: common.ids
        ? 0
        : engine.temporary(
            4 * sizes.packedKernelFloats(columns / units, units, inputSize),
            () => `${op}'s packed weights`,
          ),
      output: output.address,
      finalH: h!.address,
      finalC: c?.address,
      reserve,
    });
    engine.run('packForward', engine.threadsToPack(columns * (common.ids ? units : units + inputSize)));
    engine.run('forward', threads);
    return made;
  });
}

/** The block that the forward pass kept. With `take` the caller overwrites it. */
function reserveOf(backend: KernelHost, inputs: Inputs, name: string, take: boolean): number {
  const kept = backend.keptBy(inputs.reserve!);
  if (kept.block === 0 || (take && kept.isOverwritten)) {
    refuse(name, {
      expected: 'one call of the gradient, on the backend of the forward pass',
      got: kept.block === 0 ? 'another backend' : 'a second call, as in a second-order gradient',
      remedy: 'take the gradient once, before the backend changes',
    });
  }
  if (kept.sizes !== backend.engine.sizes('backward')) {
    refuse(name, {
      code: 'state',
      expected: 'the gradient on the executor of the forward pass',
      got: 'another executor, because the options of the backend have changed',
      remedy: 'change the options of registerUnrolledBackend between two training steps',
    });
  }
  if (take) kept.isOverwritten = true;
  return kept.block;
}

/**
 * The gradients of weights and states. `reserve` is overwritten with the gradients of the pre-activations.
 *
 * @param inputs the inputs of the forward pass
 * @param results its output and reserve, and the gradients of its output and states; default the tensors in
 *   `inputs`
 */
export function backward(
  backend: KernelHost,
  inputs: Inputs,
  attributes: SequenceAttributes,
  results: Inputs = inputs,
): TensorInfo[] {
  const { engine } = backend;
  const { layer } = attributes;
  const { inputSize, units } = layer;
  const { op, parameters, states, names } = layerFacts(layer);
  const [batch, time] = inputs.x!.shape as [number, number];
  const columns = gateColumns(layer);
  const threads = threadsFor(backend, inputs.x!, layer);
  const what = () => `a gradient of ${op} with ${units} units`;
  return backend.making((make) => {
    const made = [
      ...parameters.map(([, shape]) => make(shape, what)),
      ...states.map(([, width]) => make([batch, width], what)),
    ];
    const addressOf = (name: string) => made[names.indexOf(name)]?.address ?? 0;
    const reserve = reserveOf(backend, results, op, true);
    const common = commonArguments(backend, inputs, attributes, threads);
    const operands = (common.ids ? 0 : inputSize) + wasmType(layer).operands(layer) * units;
    const sums = inputSize + units + 2;
    const groups = gradientGroups(batch, batch * time, sums);
    engine.write(SequenceArguments, {
      ...common,
      output: backend.address(results.output!, what),
      reserve,
      dOutput: backend.address(results.dOutput!, what),
      dFinalH: backend.address(results['d.h']!, what),
      dFinalC: results['d.c'] && backend.address(results['d.c'], what),
      dKernel: addressOf('kernel'),
      dRecurrentKernel: addressOf('recurrentKernel'),
      dBias: addressOf('bias'),
      dRecurrentBias: addressOf('recurrentBias'),
      dInitialH: addressOf('h'),
      dInitialC: addressOf('c'),
      groups,
      partials: engine.temporary(4 * (groups - 1) * sums * columns, what),
      packedOperands: engine.temporary(operandBytes(batch, time, groups, operands), what),
      zeros: attributes.lengths ? backend.zeros(Math.max(inputSize, units), what) : 0,
    });
    engine.run('packBackward', engine.threadsToPack(columns * units));
    engine.run('backward', threads);
    // At most the number of threads that there is scratch memory for: in narrow layers there is more to pack
    // than to multiply.
    engine.run('packWeightOperands', Math.min(threads, engine.threadsToPack(batch * time * operands)));
    engine.run('weightGradients', threads);
    if (groups > 1) engine.run('sumWeightGradients', engine.threadsFor(groups * sums * columns));
    return made;
  });
}

/** The gradient of x, after `backward`. */
export function inputGradient(
  backend: KernelHost,
  inputs: Inputs,
  { layer }: SequenceAttributes,
): TensorInfo {
  const { engine } = backend;
  const sizes = engine.sizes('inputGradient');
  const { op } = layerType(layer);
  const { units } = layer;
  const x = inputs.x!;
  const [batch, time, inputSize] = x.shape as [number, number, number];
  const columns = gateColumns(layer);
  const threads = engine.threadsFor(batch * time * columns * inputSize);
  return backend.making((make) => {
    const dX = make(x.shape, () => `the input's gradient of ${op}`);
    engine.write(SequenceArguments, {
      ...SequenceArguments.blank,
      layer: wasmType(layer).code(layer),
      batch,
      time,
      inputSize,
      units,
      reserveWidth: reserveWidth(sizes, layer),
      kernel: backend.address(inputs.kernel!, op),
      reserve: reserveOf(backend, inputs, op, false),
      packedKernel: engine.temporary(
        4 * columns * sizes.paddedColumns(inputSize),
        () => `${op}'s packed weights`,
      ),
      scratch: engine.temporary(sizes.productScratchBytes * threads, op),
      scratchBytes: sizes.productScratchBytes,
      dX: dX.address,
    });
    engine.run('packInputGradient', engine.threadsToPack(columns * inputSize));
    engine.run('inputGradient', threads);
    return dX;
  });
}

/** The kernels of the recurrent layers: forward, gradient of weights and states, gradient of the input. */
export function sequenceKernels(): KernelConfig[] {
  return recurrentTypes().flatMap((type) => {
    const name = KERNEL[layerType<RecurrentLayer>({ type }).op];
    return [
      kernel(name, forward),
      kernel(`${name}Gradient`, backward),
      kernel(`${name}InputGradient`, inputGradient),
    ];
  });
}
