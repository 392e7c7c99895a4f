/**
 * The parts of a model in a plan. They run the same kernels as the cells do through tfjs, in the same order,
 * in the plan's memory. In the backward pass a part frees what it created in the forward pass; the caller of
 * a part frees the gradient that it passes.
 */
import type { Resident } from '../kernels/host';
import { attentionStage } from './attention';
import { addTo, lastSteps, sideBySide, spreadLast, takenApart, transposed, zeroPast } from './copies';
import { dropoutStage } from './dropout';
import { inOrder, letGo, made, maskStage } from './flow';
import { embeddingStage, layerStage, maskedStage, productStage } from './layers';
import type { Pass, Stage } from './pass';
import type { PlanPart, TiedPart } from './plan-model';

/** The stage for a part of the model. */
export function stageOf(pass: Pass, part: PlanPart): Stage {
  if (part.type === 'layer') return layerStage(pass, part.layer, part.path);
  if (part.type === 'stack') return stackStage(pass, part.parts);
  if (part.type === 'lastOutput') return lastOutputStage(pass, stageOf(pass, part.part));
  if (part.type === 'residual') return residualStage(pass, stageOf(pass, part.part));
  if (part.type === 'tiedEmbedding') return tiedStage(pass, part);
  if (part.type === 'attention') return attentionStage(pass, part, stageOf(pass, part.cell));
  if (part.type === 'bidirectional') {
    const behind = stageOf({ ...pass, reverse: !pass.reverse }, part.backward);
    return bidirectionalStage(pass, stageOf(pass, part.forward), behind);
  }
  return dropoutStage(pass, part);
}

/** x = E[id], h = body(x), logits = h·Eᵀ + b. The table's gradient is the sum over both uses. */
function tiedStage(pass: Pass, { vocabularySize, dimension, path, body }: TiedPart): Stage {
  const { host } = pass;
  const name = `${path.params}embeddings`;
  const shape = [vocabularySize, dimension] as const;
  let kernel: Resident;
  let dTable: Resident;
  const head = productStage(pass, dimension, vocabularySize, true, path.params, {
    kernel() {
      kernel = transposed(pass, pass.parameter(name, shape), shape);
      return kernel;
    },
    gradient(gradient) {
      dTable = transposed(pass, gradient, [dimension, vocabularySize]);
      host.release(gradient, kernel);
    },
  });
  const withSum: Pass = {
    ...pass,
    gradient(of, gradient) {
      if (of !== name) return pass.gradient(of, gradient);
      pass.gradient(of, addTo(pass, dTable, gradient));
      host.release(dTable, gradient);
    },
  };
  const table = embeddingStage(withSum, path.params, shape);
  const whole = inOrder(pass, [table, stageOf(pass, body), maskedStage(pass, head)]);
  return {
    forward(ids) {
      const output = whole.forward(ids);
      if (!pass.training) host.release(kernel);
      return output;
    },
    backward: whole.backward,
  };
}

function stackStage(pass: Pass, parts: readonly PlanPart[]): Stage {
  return inOrder(
    pass,
    parts.map((part) => stageOf(pass, part)),
  );
}

/** Both directions concatenated, [B, T, Of + Ob]. */
function bidirectionalStage(pass: Pass, ahead: Stage, behind: Stage): Stage {
  const { host } = pass;
  let output: Resident;
  let widths: [number, number];
  return {
    forward(input) {
      const both = [ahead.forward(input), behind.forward(input)] as const;
      widths = both.map(({ tensor }) => tensor.shape[2]!) as [number, number];
      output = sideBySide(
        pass,
        both.map(({ tensor }) => tensor),
      );
      for (const one of both) letGo(pass, one, input);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      const [dAhead, dBehind] = takenApart(pass, dOutput, widths) as [Resident, Resident];
      host.release(output);
      const dX = ahead.backward(dAhead, wantsInput);
      const other = behind.backward(dBehind, wantsInput);
      const sum = dX && other ? addTo(pass, dX, other) : undefined;
      const done = [dAhead, dBehind, dX, other].filter(
        (tensor, n, all) => tensor && all.indexOf(tensor) === n,
      );
      host.release(...done);
      return sum;
    },
  };
}

function lastOutputStage(pass: Pass, inner: Stage): Stage {
  const { host } = pass;
  let shape: readonly number[];
  let output: Resident;
  return {
    forward(input) {
      const sequence = inner.forward(input);
      shape = sequence.tensor.shape;
      output = lastSteps(pass, sequence.tensor);
      letGo(pass, sequence, input);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      const dSequence = spreadLast(pass, dOutput, shape);
      host.release(output);
      const dX = inner.backward(dSequence, wantsInput);
      host.release(dSequence);
      return dX;
    },
  };
}

/** y = x + part(x). */
function residualStage(pass: Pass, inner: Stage): Stage {
  const { host } = pass;
  const masked = maskStage(pass);
  let output: Resident;
  return {
    forward(input) {
      const x = masked.forward(input);
      const change = inner.forward(input);
      output = addTo(pass, x.tensor, change.tensor);
      letGo(pass, change, input);
      if (x !== input) letGo(pass, x, change);
      return made(output);
    },
    backward(dOutput, wantsInput) {
      const dPart = inner.backward(dOutput, wantsInput);
      host.release(output);
      masked.backward(dOutput, false);
      if (!dPart) return undefined;
      // The gradient of the skip connection: 0 past a row's length.
      zeroPast(pass, dOutput);
      const dX = addTo(pass, dOutput, dPart);
      if (dPart !== dOutput) host.release(dPart);
      return dX;
    },
  };
}
