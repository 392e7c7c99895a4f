import { exportCommand } from '@unrolled/app-shared';
import type { Command } from 'commander';
import type { EncodeOptions } from '../model/encode-model';
import { checkpointOption } from './options';

const NOTES = `
onnx:         input ids [B, T] (int64) and initial_state.… [B, H], output logits [B, T, V] and final_state.…, for onnxruntime
safetensors:  a PyTorch state dict, for load_state_dict: embedding, rnn, lstm or gru, linear

Both formats store the architecture and the vocabulary in the file's metadata, as JSON.

Examples:
  char-rnn export --checkpoint runs/char-rnn-1 --format onnx --output model.onnx
  char-rnn export --checkpoint … --format safetensors --output model.safetensors`;

/** `char-rnn export`: writes a trained model as ONNX, or its weights under PyTorch's names. */
export function modelExportCommand(): Command {
  return exportCommand({
    description: 'Exports a trained model for other programs.',
    notes: NOTES,
    model: checkpointOption(),
    encode: async (options: EncodeOptions) => {
      const { encodeModel } = await import('../model/encode-model');
      return encodeModel(options);
    },
  });
}
