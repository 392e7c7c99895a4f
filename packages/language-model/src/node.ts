export { loadModel, readModel } from './checkpoint/model-file';
export { type FileScoringOptions, filesToScore } from './scoring/files-to-score';
