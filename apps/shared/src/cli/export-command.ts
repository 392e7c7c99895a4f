import { stat } from 'node:fs/promises';
import { type Refuse, refuser } from '@unrolled/errors';
import { Command, Option } from 'commander';
import { formatCount } from '../progress/format';

import { choice } from './option-parsers';
import { jsonOption } from './options';
import { createReporter } from './reporter';

/** Errors with the name of the shared code. */
const refuse: Refuse = refuser('apps');

export interface ExportOptions {
  readonly format: 'onnx' | 'safetensors';
  readonly output: string;
  readonly json?: boolean;
}

/** How an app exports its models. */
export interface Exporter<T extends ExportOptions> {
  readonly description: string;
  /** Text after the help. */
  readonly notes: string;
  /** The required option that names the model. */
  readonly model: Option;
  /** Creates the bytes of the file. */
  readonly encode: (options: T) => Promise<Uint8Array>;
}

/** `export`: writes a trained model as ONNX, or its weights under PyTorch's names. */
export function exportCommand<T extends ExportOptions>(exporter: Exporter<T>): Command {
  return new Command('export')
    .description(exporter.description)
    .addHelpText('after', exporter.notes)
    .addOption(exporter.model)
    .addOption(
      new Option('--format <name>', 'file format: onnx or safetensors')
        .argParser(choice('onnx', 'safetensors'))
        .makeOptionMandatory(),
    )
    .requiredOption('--output <file>', 'path of the new file; no file may exist there')
    .addOption(jsonOption('{ format, output, bytes }'))
    .action(async (options: T) => {
      const { format, output } = options;
      const reporter = createReporter(options);
      await refuseExisting(output);
      const bytes = await exporter.encode(options);
      const { atomicWriteFile } = await import('@unrolled/runs/node');
      await atomicWriteFile(output, bytes);
      reporter.line(`wrote ${output}, ${formatCount(bytes.length)} bytes`);
      reporter.result({ format, output, bytes: bytes.length });
    });
}

async function refuseExisting(output: string): Promise<void> {
  if (!(await stat(output).catch(() => undefined))) return;
  refuse('--output', {
    expected: 'a path where no file exists yet',
    got: output,
    remedy: 'choose another name, or move the existing file',
  });
}
