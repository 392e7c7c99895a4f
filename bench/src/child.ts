/**
 * Runs one engine in a separate process: `node child.js ENGINE THREADS`. Requests and answers are lines of
 * JSON on the standard streams (protocol.ts).
 */

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Engine, EngineUnavailable, type Runner } from './engines/engine';
import type { TfjsLayersBackend } from './engines/tfjs-layers';
import type { UnrolledName } from './engines/unrolled';
import type { Answers, Request } from './protocol';

const [name = '', threads = '1'] = process.argv.slice(2);
// Standard output is for the protocol, so the libraries' log goes to standard error.
console.log = console.info = console.debug = console.error;

const engine = await load(name, Number(threads)).catch((error) => {
  if (!(error instanceof EngineUnavailable)) console.error(error);
  send({ unavailable: String(error instanceof Error ? error.message : error) });
});
if (engine) await serve(engine);
process.exit(0);

async function load(engineName: string, threadCount: number): Promise<Engine> {
  if (engineName.startsWith('tfjs-layers-')) {
    const { tfjsLayersEngine } = await import('./engines/tfjs-layers');
    return tfjsLayersEngine(engineName.slice('tfjs-layers-'.length) as TfjsLayersBackend, threadCount);
  }
  if (engineName === 'jax-js') return (await import('./engines/jax-js')).jaxJsEngine();
  if (engineName === 'onnxruntime')
    return (await import('./engines/onnx-runtime')).onnxRuntimeEngine(threadCount);
  const { unrolledEngine } = await import('./engines/unrolled');
  return unrolledEngine(engineName as UnrolledName, threadCount);
}

async function serve(served: Engine): Promise<void> {
  const commands = commandsOf(served);
  send({ ready: `${served.description}, Node ${process.versions.node}` });
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, ...request } = JSON.parse(line) as Request & { id: number };
    try {
      send({ id, ...(await commands[request.command](request as never)) });
    } catch (error) {
      console.error(error);
      send({ id, error: String(error instanceof Error ? error.message : error) });
    }
  }
}

type Commands = {
  [Name in keyof Answers]: (request: Extract<Request, { command: Name }>) => Promise<Answers[Name]>;
};

function commandsOf(served: Engine): Commands {
  let runner: Runner | undefined;
  let multiply: { size: number; run: () => void } | undefined;
  return {
    async prepare({ workload, batch, learningRate, warmMilliseconds }) {
      if (workload.kind === 'task') {
        if (!served.task) throw new Error('the task is not written for this engine');
        runner = served.task(workload);
      } else
        runner =
          workload.kind === 'training'
            ? await served.training(workload, batch!, learningRate)
            : await served.sampling(workload);
      return { parameters: runner.parameters, ...(await warmUp(runner, warmMilliseconds)) };
    },
    async measure({ iterations }) {
      const [start, used] = [performance.now(), process.cpuUsage()];
      const loss = await runner!.run(iterations);
      const milliseconds = performance.now() - start;
      const { user, system } = process.cpuUsage(used);
      return { milliseconds, processorMilliseconds: (user + system) / 1000, loss };
    },
    async product({ size, iterations }) {
      if (!served.product) throw new Error('this engine does not measure a product');
      if (multiply?.size !== size) multiply = { size, run: served.product(size) };
      const start = performance.now();
      for (let i = 0; i < iterations; i++) multiply.run();
      return { milliseconds: performance.now() - start };
    },
    memory: async () => ({ peakMegabytes: peakBytes() / 1e6 }),
  };
}

/**
 * Takes steps until the time is over, in growing portions. The time of a step is that of the last portion.
 */
async function warmUp(runner: Runner, milliseconds: number) {
  const begin = performance.now();
  const firstLoss = await runner.run(1);
  let stepMilliseconds = performance.now() - begin;
  for (let portion = 1; performance.now() - begin < milliseconds; portion *= 2) {
    const left = milliseconds - (performance.now() - begin);
    const iterations = Math.max(1, Math.min(portion, Math.ceil(left / stepMilliseconds)));
    const start = performance.now();
    await runner.run(iterations);
    stepMilliseconds = (performance.now() - start) / iterations;
  }
  return { firstLoss, stepMilliseconds };
}

/**
 * The largest resident set so far. On Linux `maxRSS` starts at the parent's value, so the kernel's own figure
 * is read if there is one.
 */
function peakBytes(): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
