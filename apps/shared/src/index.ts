export { bundledFile } from './bundled-file';
export { checkWritable } from './cli/check-writable';
export { checkDatabaseBackend, databaseOption, fitsInWords, hasSameBits } from './cli/database-options';
export { type Exporter, type ExportOptions, exportCommand } from './cli/export-command';
export {
  choice,
  fraction,
  nonEmptyText,
  nonNegativeInteger,
  nonNegativeNumber,
  positiveInteger,
  positiveNumber,
  probability,
  ratio,
  repeated,
  seed,
  share,
} from './cli/option-parsers';
export {
  type BackendName,
  backendOption,
  flagOf,
  givenOptions,
  inOptions,
  jsonOption,
  type OptionForm,
  optionForms,
} from './cli/options';
export { createReporter, type Reporter } from './cli/reporter';
export { EXIT_CODES, runCli } from './cli/run-cli';
export { type CsvCell, csvCell } from './csv-cell';
export { escapeMarkup } from './escape-markup';
export { counted, formatDay, formatPercent, formatPrice, formatProbability } from './format';
export { details, htmlFigure, htmlPage, htmlTable, paragraphs, section } from './html-page';
export { openRun, type RunOptions } from './open-run';
export { formatCount, formatLoss, formatSeconds } from './progress/format';
export { createProgress, type Progress, type ProgressUpdate } from './progress/progress';
export { quietTensorflow } from './quiet-tensorflow';
export { type RunDirectory, withRunDirectory } from './run-directory';
export { textTable } from './text-table';
