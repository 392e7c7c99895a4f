/**
 * Studies in a database: many trials on many machines. For Node 22.12 or newer, with pg-boss and pg, or
 * PGlite, installed.
 */
export { placeOf } from './database/address';
export type { CheckpointFiles, CheckpointStore } from './database/checkpoints';
export { folderStore } from './database/folder-store';
export { s3Store } from './database/s3-store';
export { workerGrants } from './database/schema';
export type { StoredStudy } from './database/stored-study';
export {
  type BeginOptions,
  beginStudy,
  listStudies,
  readCheckpoint,
  readStudy,
  readStudyFiles,
  removeStudy,
  type StudyInDatabase,
  stopStudy,
  workersOf,
} from './database/studies';
export { type OpenOptions, openSweepDatabase, type SweepDatabase } from './database/sweep-database';
export { type WatchOptions, watchStudy } from './database/watch';
export {
  type RunWorkerOptions,
  runWorker,
  type ServeOptions,
  type StudyWork,
  serveQueue,
  type WorkerObjective,
  type WorkerTrial,
} from './database/worker';
