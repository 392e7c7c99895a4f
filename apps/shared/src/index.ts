export { atomicWriteFile, ensureWritableDirectory, interruptSignal } from '@unrolled/runs/node';
export { bundledFile } from './bundled-file';
export {
  choice,
  fraction,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  seed,
} from './cli/option-parsers';
export { createReporter, type Reporter } from './cli/reporter';
export { EXIT_CODES, runCli } from './cli/run-cli';
export { encodeScalars, encodeVersion, type ScalarEvent } from './event-file';
export { formatCount, formatLoss, formatSeconds } from './progress/format';
export { createProgress, type Progress, type ProgressUpdate } from './progress/progress';
export { quietTensorflow } from './quiet-tensorflow';
