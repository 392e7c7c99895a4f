/** Runs in Node before the pages open, and provides Node's results for comparison. */
import type { TestProject } from 'vitest/node';
import type { Digests } from './digests';

declare module 'vitest' {
  export interface ProvidedContext {
    isolated: boolean;
    nodeDigests: Digests;
  }
}

const shared = globalThis as { unrolledNodeDigests?: Promise<Digests> };

/** Called once per project, each time in a new module. tfjs must not be loaded twice. */
export default async function setup(project: TestProject): Promise<void> {
  shared.unrolledNodeDigests ??= import('./digests').then(({ digests }) => digests(1));
  project.provide('nodeDigests', await shared.unrolledNodeDigests);
}
