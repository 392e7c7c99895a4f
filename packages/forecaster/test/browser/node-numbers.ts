/** Runs in Node before the pages open: gives them Node's numbers to compare with. */
import type { TestProject } from 'vitest/node';
import type { Numbers } from './numbers';

declare module 'vitest' {
  export interface ProvidedContext {
    nodeForecast: Numbers;
  }
}

const shared = globalThis as { unrolledNodeForecast?: Promise<Numbers> };

/** Called once a project, each time in a module of its own; tfjs minds being loaded twice. */
export default async function setup(project: TestProject): Promise<void> {
  shared.unrolledNodeForecast ??= import('./numbers').then(({ fitAndForecast }) => fitAndForecast(1));
  project.provide('nodeForecast', await shared.unrolledNodeForecast);
}
