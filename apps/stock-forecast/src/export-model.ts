import { disposeTree, lastOutput, stack } from '@unrolled/cells';
import {
  buildNetwork,
  type FittedModel,
  type ForecasterData,
  type Network,
  type NetworkParams,
} from '@unrolled/forecaster';
import { onnxGraph, toPyTorch } from '@unrolled/interop';
import { writeSafetensors } from '@unrolled/safetensors';

/** The version of the metadata format. */
const VERSION = 1;

/**
 * The networks of a forecaster as ONNX, or their weights under PyTorch's names. The metadata has the scalers
 * and settings.
 */
export function exportModel(
  { model, calibration, trainedOn }: ForecasterData,
  format: 'onnx' | 'safetensors',
): Uint8Array {
  const { members, ...forecaster } = model;
  const network = buildNetwork(model.shape);
  const params = members.map(network.paramsFrom);
  const metadata = {
    'stock-forecast': JSON.stringify({
      forecaster: { version: VERSION, ...forecaster },
      calibration,
      trainedOn,
    }),
  };
  try {
    if (format === 'onnx') return asOnnx(model, network, params, metadata);
    const arrays = params.map((own, member) => stateDict(model, network, own, `members.${member}`));
    return writeSafetensors(Object.assign({}, ...arrays), { format: 'pt', ...metadata });
  } finally {
    disposeTree(params);
  }
}

/** ŷ = mean over the members of head(rnn(x)) + linear(x) */
function asOnnx(
  { shape }: FittedModel,
  { parts: { recurrent, head } }: Network,
  members: readonly NetworkParams[],
  metadata: Record<string, string>,
): Uint8Array {
  const { window, inputSize, start } = shape;
  const graph = onnxGraph({ metadata });
  const windows = graph.input('windows', ['batch', window, inputSize]);
  const flat = graph.operator('Reshape', [windows, graph.integers(0, -1)]); // [B, T, I] → [B, T·I]
  const deep = lastOutput(stack([recurrent, head]));
  const outputs = members.map((params, member) => {
    const name = `members.${member}`;
    const { kernel } = params.linear;
    const weights = graph.constant(`${name}.linear`, kernel.dataSync<'float32'>(), kernel.shape);
    return graph.operator('Add', [
      graph.part(name, deep, [params.recurrent, params.head] as never, windows),
      graph.operator('MatMul', [flat, weights]),
    ]);
  });
  graph.output('changes', graph.operator('Mean', outputs), ['batch', start.length]);
  return graph.encode();
}

function stateDict(
  { shape }: FittedModel,
  { parts: { recurrent, head, linear } }: Network,
  params: NetworkParams,
  name: string,
) {
  const { cell, layers } = shape.architecture;
  const names = [...Array<string>(layers).fill(`${name}.${cell}`), `${name}.head`];
  return {
    ...toPyTorch(stack([recurrent, head]), [params.recurrent, params.head] as never, { names }),
    ...toPyTorch(linear, params.linear, { names: [`${name}.linear`] }),
  };
}
