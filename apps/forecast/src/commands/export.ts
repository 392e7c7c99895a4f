import { type ExportOptions, exportCommand as exportCommandOf } from '@unrolled/app-shared';
import { type Command, Option } from 'commander';

const NOTES = `
safetensors:  the networks' weights with their settings, as train saved them, for any reader of safetensors
onnx:         not supported, because both methods compute much of a forecast outside their networks

Examples:
  forecast export --model runs/forecast-1 --format safetensors --output model.safetensors`;

export function exportCommand(): Command {
  return exportCommandOf<ExportOptions & { model: string }>({
    description: 'Exports a saved model for other programs.',
    notes: NOTES,
    model: new Option('--model <directory>', 'run directory of train').makeOptionMandatory(),
    encode: async ({ model, format }) => {
      const { exportModel } = await import('../export-model');
      return exportModel(model, format);
    },
  });
}
