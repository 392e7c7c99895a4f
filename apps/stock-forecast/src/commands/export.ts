import { type ExportOptions, exportCommand as exportCommandOf } from '@unrolled/app-shared';
import { type Command, Option } from 'commander';

const NOTES = `
onnx:         input windows [B, window, features], output changes [B, outputs], the mean of the ensemble, for onnxruntime
safetensors:  a PyTorch state dict: members.0.lstm (or gru, rnn), members.0.head, members.0.linear, members.1.…

Both contain only the networks. Input windows and output changes are scaled. The metadata has the scalers and the settings,
as JSON under stock-forecast.

Examples:
  stock-forecast export --model runs/stock-forecast-1/model.safetensors --format onnx --output model.onnx`;

export function exportCommand(): Command {
  return exportCommandOf<ExportOptions & { model: string }>({
    description: 'Exports a saved model for other programs.',
    notes: NOTES,
    model: new Option('--model <file>', 'the model.safetensors of a run').makeOptionMandatory(),
    encode: async ({ model, format }) => {
      const { loadModel, selectBackend } = await import('../engine');
      const { exportModel } = await import('../export-model');
      await selectBackend('cpu'); // Exporting computes nothing, so the backend does not matter.
      return exportModel(await loadModel(model), format);
    },
  });
}
