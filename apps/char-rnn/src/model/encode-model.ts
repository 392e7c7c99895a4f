import { type ExportOptions, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { toOnnx, toPyTorch } from '@unrolled/interop';
import { selectBackend } from '@unrolled/kernels/node';
import { type Architecture, architectureOf } from '@unrolled/language-model';
import { loadModel } from '@unrolled/language-model/node';
import { writeSafetensors } from '@unrolled/safetensors';

export interface EncodeOptions extends ExportOptions {
  readonly checkpoint: string;
}

/** Encodes a trained model as a file for another program. */
export async function encodeModel({ checkpoint, format }: EncodeOptions): Promise<Uint8Array> {
  await quietTensorflow();
  await selectBackend('cpu'); // Exporting computes nothing, so the backend does not matter.
  const { model, params, settings, vocabulary } = await loadModel('--checkpoint', checkpoint);
  const metadata = {
    architecture: JSON.stringify(architectureOf(settings as unknown as Architecture)),
    vocabulary: JSON.stringify(vocabulary.toJSON()),
  };
  try {
    if (format === 'onnx') return toOnnx(model, params, { state: true, metadata });
    return writeSafetensors(toPyTorch(model, params), { format: 'pt', ...metadata });
  } finally {
    disposeTree(params);
  }
}
