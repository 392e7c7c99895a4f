import { stat } from 'node:fs/promises';
import { atomicWriteFile, createReporter, formatCount, quietTensorflow } from '@unrolled/app-shared';
import { disposeTree } from '@unrolled/cells';
import { toOnnx, toPyTorch } from '@unrolled/interop';
import { selectBackend } from '@unrolled/kernels/node';
import { writeSafetensors } from '@unrolled/safetensors';
import { readModel, type SavedModel, tensorsOf } from '../model/checkpoint';
import { buildModel } from '../model/model';
import { refuse } from '../refuse';

export interface ExportOptions {
  readonly checkpoint: string;
  readonly format: 'onnx' | 'safetensors';
  readonly output: string;
  readonly json?: boolean;
}

/** `char-rnn export`: a trained model as ONNX, or its weights as PyTorch names them. */
export async function exportCommand({ checkpoint, format, output, json }: ExportOptions): Promise<void> {
  const reporter = createReporter({ json });
  await refuseExisting(output);
  quietTensorflow();
  const saved = await readModel('--checkpoint', checkpoint);
  await selectBackend('cpu'); // nothing is computed
  const bytes = encode(saved, format);
  await atomicWriteFile(output, bytes);
  reporter.line(`wrote ${output}, ${formatCount(bytes.length)} bytes`);
  reporter.result({ format, output, bytes: bytes.length });
}

async function refuseExisting(output: string): Promise<void> {
  if (!(await stat(output).catch(() => undefined))) return;
  refuse('--output', {
    expected: 'a file that is not there yet',
    got: output,
    remedy: 'choose another name, or move that file away first',
  });
}

function encode(
  { architecture, vocabulary, snapshot }: SavedModel,
  format: ExportOptions['format'],
): Uint8Array {
  const model = buildModel(vocabulary.size, architecture);
  const params = tensorsOf(vocabulary.size, architecture, snapshot);
  const metadata = {
    architecture: JSON.stringify(architecture),
    vocabulary: JSON.stringify(vocabulary.toJSON()),
  };
  try {
    if (format === 'onnx') return toOnnx(model, params, { state: true, metadata });
    return writeSafetensors(toPyTorch(model, params), { format: 'pt', ...metadata });
  } finally {
    disposeTree(params);
  }
}
