/** Runs in Node before the pages open: gives them Node's results to compare with. */
import type { TestProject } from 'vitest/node';
import type { Digests } from './digests';

declare module 'vitest' {
  export interface ProvidedContext {
    isolated: boolean;
    nodeDigests: Digests;
  }
}

const shared = globalThis as { unrolledNodeDigests?: Promise<Digests> };

/** Called once a project, each time in a module of its own; tfjs minds being loaded twice. */
export default async function setup(project: TestProject): Promise<void> {
  shared.unrolledNodeDigests ??= import('./digests').then(({ digests }) => digests(1));
  project.provide('nodeDigests', await shared.unrolledNodeDigests);
}
