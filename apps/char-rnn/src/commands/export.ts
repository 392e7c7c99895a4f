import { choice } from '@unrolled/app-shared';
import { Command, Option } from 'commander';
import type { ExportOptions } from '../export/export-command';
import { checkpointOption } from './options';

const NOTES = `
onnx:         input ids [B, T] (int64) and initial_state.… [B, H], output logits [B, T, V] and final_state.…, for onnxruntime
safetensors:  a PyTorch state dict, for load_state_dict: embedding, rnn, lstm or gru, linear

Either has the architecture and the vocabulary in its metadata, as JSON.

Examples:
  char-rnn export --checkpoint runs/char-rnn-1 --format onnx --output model.onnx
  char-rnn export --checkpoint … --format safetensors --output model.safetensors`;

export function exportCommand(): Command {
  return new Command('export')
    .description('Writes a trained model for other programs.')
    .addHelpText('after', NOTES)
    .addOption(checkpointOption())
    .addOption(
      new Option('--format <name>', 'onnx or safetensors')
        .argParser(choice('onnx', 'safetensors'))
        .makeOptionMandatory(),
    )
    .requiredOption('--output <file>', 'a file that is not there yet')
    .option('--json', 'one object as the last line of standard output: { format, output, bytes }')
    .action(async (options: ExportOptions) => {
      const { exportCommand: run } = await import('../export/export-command');
      await run(options);
    });
}
