/** Runs in Node before the pages open: gives them Node's results to compare with. */
import type { TestProject } from 'vitest/node';
import type { TinyRun } from './tiny-run';

declare module 'vitest' {
  export interface ProvidedContext {
    nodeLanguageModel: TinyRun;
  }
}

const shared = globalThis as { unrolledNodeLanguageModel?: Promise<TinyRun> };

/** Called once a project, each time in a module of its own; tfjs minds being loaded twice. */
export default async function setup(project: TestProject): Promise<void> {
  shared.unrolledNodeLanguageModel ??= import('./tiny-run').then(({ tinyRun }) => tinyRun(1));
  project.provide('nodeLanguageModel', await shared.unrolledNodeLanguageModel);
}
