export type { Hyperparameter } from './node/event-file';
export { atomicWriteFile, ensureWritableDirectory } from './node/files';
export { folderStore } from './node/folder-store';
export { interruptRun, interruptSignal } from './node/interrupt';
export { type JsonLinesLogOptions, jsonLinesLog } from './node/json-lines-log';
export { type LossCurve, type ScoreCurve, writeLossCurve, writeScoreCurve } from './node/loss-curve';
export {
  createRunDirectory,
  type NewRunDirectory,
  openRunDirectory,
  RUN_FILES,
  type RunDirectory,
} from './node/run-directory';
export { type TrialEvents, writeTrialEvents } from './node/trial-events';
export { type WrittenPlot, writePlot, writeSvg } from './node/write-plot';
