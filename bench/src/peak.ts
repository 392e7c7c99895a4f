/** The machine's peak rate: multiply-adds in registers, in a loop of the native kernels. */
import { createRequire } from 'node:module';
import os from 'node:os';
import type { InstructionSet } from './engines';

/** GFLOP/s in float32. A multiply-add counts as two operations. */
export interface Peak {
  readonly instructionSet: string;
  readonly oneThread: number;
  readonly allThreads: number;
  /** The number of all threads. */
  readonly threads: number;
}

/** The add-on's executor (packages/native/src/addon.cc), with the methods that are used here. */
interface Executor {
  readonly instructionSet: string;
  /** Computes `rounds` rounds on each thread; returns the number of multiply-adds. */
  multiplyAdds(rounds: number, threads: number): number;
  close(): void;
}
interface Addon {
  open(threads: number, instructionSet: string): Executor;
}

const SYSTEMS = ['-gnu', '-musl', ''].map((end) => `${process.platform}-${process.arch}${end}`);
/** A trial takes some milliseconds, so some trials run while no other process does. */
const ROUNDS = 400_000;
const TRIALS = 60;

/** Undefined if there are no native kernels. */
export function measurePeak(instructions: InstructionSet | undefined): Peak | undefined {
  const addon = loadAddon();
  if (!addon) return undefined;
  const threads = os.availableParallelism();
  const executor = addon.open(threads, instructions ?? '');
  const best = (count: number) => {
    let most = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const start = performance.now();
      const multiplyAdds = executor.multiplyAdds(ROUNDS, count);
      most = Math.max(most, (2 * multiplyAdds) / (performance.now() - start) / 1e6);
    }
    return most;
  };
  const { instructionSet } = executor;
  const peak = { instructionSet, oneThread: best(1), allThreads: best(threads), threads };
  executor.close();
  return peak;
}

function loadAddon(): Addon | undefined {
  const kernels = createRequire(createRequire(import.meta.url).resolve('@unrolled/kernels'));
  for (const system of SYSTEMS) {
    try {
      return kernels(`@unrolled/native-${system}/unrolled.node`) as Addon;
    } catch {
      // Try the next system.
    }
  }
  return undefined;
}
