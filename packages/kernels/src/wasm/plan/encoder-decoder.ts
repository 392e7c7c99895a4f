/**
 * An encoder, the bridge to the decoder's first state, and the decoder, as one stage. It computes
 * `encoderDecoder` of the cells.
 */
import { runBinary } from '../kernels/elementwise';
import type { Resident } from '../kernels/host';
import { activationStage } from './activations';
import { addTo, sideBySide, sumOfRows, takenApart, zeroPast } from './copies';
import { letGo, made, maskStage } from './flow';
import { stageOf } from './parts';
import type { Pass, PassShape, Stage } from './pass';
import type { BridgedState, PlanBridge, PlanPart, PlanSource } from './plan-model';
import { times, timesTransposed, weightGradient } from './products';

/** The tensors of a source with the lengths of its rows. */
export interface SourceInputs {
  readonly tensor: Resident;
  /** [B, S], 1 at valid positions. */
  readonly valid: Resident;
  readonly shape: Pick<PassShape, 'time' | 'hasLengths'>;
}

/** @param pass the pass of the decoder, whose rows take all steps */
export function encoderDecoderStage(
  pass: Pass,
  { source, part }: { readonly source: PlanSource; readonly part: PlanPart },
  given: SourceInputs,
): Stage {
  const { host, batch, training } = pass;
  const finals = new Map<string, Resident>();
  const finalGradients = new Map<string, Resident>();
  const reading: Pass = {
    ...pass,
    ...given.shape,
    state: (_path, width) => host.tensor([batch, width], host.zeros(batch * width)),
    keepState: (path, state) => void finals.set(path, state),
    finalGradient: (path) => finalGradients.get(path),
  };
  const starts = new Map<string, Resident>();
  const startGradients = new Map<string, Resident>();
  let memory: Resident;
  let dMemory: Resident;
  const writing: Pass = {
    ...pass,
    hasLengths: false,
    state: (path) => starts.get(path)!,
    keepState: (_path, state) => host.release(state),
    initialGradient: (path, gradient) => void startGradients.set(path, gradient),
    attended: {
      memory: () => memory,
      valid: given.valid,
      gradient(gradient) {
        dMemory = gradient;
      },
    },
  };
  const encoder = stageOf(reading, source.part);
  const mask = maskStage(reading);
  const decoder = stageOf(writing, part);
  const bridge = bridgeStage(pass, source.bridge);
  return {
    forward(input) {
      const read = encoder.forward({ tensor: given.tensor, isMasked: false, isOwn: false });
      const masked = mask.forward(read);
      letGo(pass, read, masked);
      memory = masked.tensor;
      bridge.forward(finals, starts);
      const output = decoder.forward(input);
      if (!training) host.release(memory, ...starts.values());
      return output;
    },
    backward(dOutput) {
      host.release(decoder.backward(dOutput, false));
      bridge.backward(startGradients, finalGradients);
      host.release(...starts.values());
      mask.backward(dMemory, false);
      zeroPast(reading, dMemory);
      host.release(encoder.backward(dMemory, false), dMemory, ...finalGradients.values());
      return undefined;
    },
  };
}

type States = Map<string, Resident>;

interface BridgeStage {
  /** Frees the encoder's final states. */
  forward(finals: States, starts: States): void;
  /** Frees the gradients of the decoder's first states. */
  backward(startGradients: States, finalGradients: States): void;
}

function bridgeStage(pass: Pass, { kind, states }: PlanBridge): BridgeStage {
  const { host } = pass;
  if (kind === 'dense') return denseBridge(pass, states);
  return {
    forward(finals, starts) {
      for (const { path, from, size, params } of states) {
        const own = from.map((one) => finals.get(one.path)!);
        if (kind === 'copy') starts.set(path, sideBySide(pass, own));
        else
          starts.set(
            path,
            sameForAll(
              pass,
              size,
              kind === 'learned' ? pass.parameter(`${params}initial`, [size]) : undefined,
            ),
          );
      }
      host.release(...finals.values());
    },
    backward(startGradients, finalGradients) {
      for (const { path, from, params } of states) {
        const gradient = startGradients.get(path)!;
        if (kind === 'learned') pass.gradient(`${params}initial`, sumOfRows(pass, gradient));
        if (kind === 'copy') giveApart(pass, gradient, from, finalGradients);
        host.release(gradient);
      }
    },
  };
}

/** Zeros, or the same vector in each row. */
function sameForAll({ host, batch }: Pass, size: number, vector: Resident | undefined): Resident {
  const start = host.makeResident([batch, size]);
  host.between(() => {
    const [to, from] = [start.address / 4, vector ? host.now(vector) / 4 : 0];
    if (!vector) host.floats.fill(0, to, to + batch * size);
    else for (let row = 0; row < batch; row++) host.floats.copyWithin(to + row * size, from, from + size);
  });
  return start;
}

function giveApart(pass: Pass, gradient: Resident, from: BridgedState['from'], to: States): void {
  const parts = takenApart(
    pass,
    gradient,
    from.map(({ size }) => size),
  );
  from.forEach(({ path }, n) => void to.set(path, parts[n]!));
}

/** tanh(e·W + b) for each state; e is the concatenation of all of the encoder's states. */
function denseBridge(pass: Pass, states: readonly BridgedState[]): BridgeStage {
  const { host, training } = pass;
  const from = states[0]?.from ?? [];
  const inner = from.reduce((sum, { size }) => sum + size, 0);
  const dense = states.map(({ size, params }) => ({
    kernel: pass.parameter(`${params}kernel`, [inner, size]),
    bias: pass.parameter(`${params}bias`, [size]),
    tanh: activationStage(pass, 'tanh')!,
  }));
  let all: Resident;
  return {
    forward(finals, starts) {
      const own = from.map(({ path }) => finals.get(path)!);
      all = sideBySide(pass, own);
      host.release(...finals.values());
      states.forEach(({ path, size }, n) => {
        const { kernel, bias, tanh } = dense[n]!;
        const product = times(pass, all, kernel);
        const raw = runBinary(host, 'add', product, bias, {
          shape: product.shape,
          rows: pass.batch,
          columns: size,
          a: { row: true, column: true },
          b: { row: false, column: true },
        }) as Resident;
        host.release(product);
        const start = tanh.forward(made(raw));
        letGo(pass, made(raw), start);
        starts.set(path, start.tensor);
      });
      if (!training) host.release(all);
    },
    backward(startGradients, finalGradients) {
      let dAll: Resident | undefined;
      // From the last to the first, the order in which the tape adds gradients.
      [...states.keys()].reverse().forEach((n) => {
        const { path, params } = states[n]!;
        const { kernel, tanh } = dense[n]!;
        const gradient = startGradients.get(path)!;
        const d = tanh.backward(gradient, true)!;
        host.release(gradient);
        pass.gradient(`${params}bias`, sumOfRows(pass, d));
        pass.gradient(`${params}kernel`, weightGradient(pass, all, d));
        const own = timesTransposed(pass, d, kernel);
        host.release(d);
        const sum = dAll && addTo(pass, dAll, own);
        if (sum) host.release(dAll, own);
        dAll = sum ?? own;
      });
      host.release(all);
      if (!dAll) return;
      giveApart(pass, dAll, from, finalGradients);
      host.release(dAll);
    },
  };
}
