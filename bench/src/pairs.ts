/**
 * `npm run bench:pairs`: compares the speed of this build with another one's, in pairs of alternating
 * measurements.
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnrolledError } from '@unrolled/errors';
import { EngineProcess } from './engine-process';
import { makeBatch } from './inputs';
import { PAIRS_USAGE, type PairOptions, parsePairOptions } from './pair-options';
import { measurePairs, type PairedRow, pairsOfProcess, pairTable, passes } from './pairing';
import { iterationsFor } from './schedule';
import { type AppStart, StartUp } from './start-up';
import { flopsPerStep, LEARNING_RATE, type Workload } from './workloads';

const HERE = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));
/** JavaScript takes most of the time of a small training step, and V8's optimising compiler finishes late. */
const WARM_MILLISECONDS = { small: 3000, others: 1000 };
const SMALL_FLOPS = 1e9;

const log = (line: string) => process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const options = parsePairOptions(args);
  if (options === 'help') {
    process.stdout.write(`${PAIRS_USAGE}\n`);
    return 0;
  }
  const begin = performance.now();
  const rows: PairedRow[] = [];
  for await (const row of measureAll(options)) {
    rows.push(row);
    log(`${row.name}: ${passes(row) ? 'ok' : 'SLOWER'}`);
  }
  process.stdout.write(`${describe(options)}\n\n${pairTable(rows)}\n`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
  log(`${Math.round((performance.now() - begin) / 1000)} s`);
  return rows.every(passes) ? 0 : 1;
}

function describe({ base, pairs, engine }: PairOptions): string {
  const machine = `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.availableParallelism()} cores`;
  return [
    `${machine}, Node ${process.version}, ${engine}`,
    `The time of ${base}, divided by that of a second process of it (base) and by that of ${HERE} (this build):`,
    `the median of ${pairs} pairs and its 95 % interval.`,
  ].join('\n');
}

async function* measureAll(options: PairOptions): AsyncGenerator<PairedRow> {
  const { threads, workloads, starts } = options;
  for (const count of threads) {
    for (const workload of workloads) yield await workloadRow(workload, count, options);
  }
  for (const start of starts) yield await startUpRow(start, options);
}

/** Compares the base first with a second process of the base, then with this build. */
async function workloadRow(workload: Workload, threads: number, options: PairOptions): Promise<PairedRow> {
  const { base, processes } = options;
  const against = async (checkout: string) => {
    const ratios: number[] = [];
    for (let index = 0; index < processes; index++) {
      const sides: PreparedSide[] = [];
      try {
        for (const folder of [base, checkout]) {
          sides.push(await startSide(workload, threads, options, folder));
        }
        const [first, second] = sides as [PreparedSide, PreparedSide];
        // Both take the number of steps that fills a turn of the base.
        const iterations = iterationsFor(first.stepMilliseconds);
        const measureOf =
          ({ process }: PreparedSide) =>
          async () =>
            (await process.ask({ command: 'measure', iterations })).milliseconds;
        const pairs = pairsOfProcess(options, index);
        ratios.push(...(await measurePairs(measureOf(first), measureOf(second), pairs)));
      } finally {
        await Promise.all(sides.map(({ process }) => process.stop()));
      }
    }
    return ratios;
  };
  const name = `${workload.name} × ${threads}`;
  return { name, threads, base: await against(base), ratios: await against(HERE) };
}

interface PreparedSide {
  readonly process: EngineProcess;
  readonly stepMilliseconds: number;
}

/** A checkout's engine with the workload, after its warm-up. */
async function startSide(
  workload: Workload,
  threads: number,
  { engine }: PairOptions,
  checkout: string,
): Promise<PreparedSide> {
  const started = await EngineProcess.start({ engine, threads, checkout });
  if ('reason' in started) {
    throw new UnrolledError('bench', `${workload.name} × ${threads}`, {
      expected: `an engine that runs in ${checkout}`,
      got: started.reason,
    });
  }
  const small = workload.kind === 'training' && flopsPerStep(workload) < SMALL_FLOPS;
  const { stepMilliseconds } = await started.process.ask({
    command: 'prepare',
    workload,
    batch: workload.kind === 'training' ? makeBatch(workload) : undefined,
    learningRate: LEARNING_RATE,
    warmMilliseconds: WARM_MILLISECONDS[small ? 'small' : 'others'],
  });
  return { process: started.process, stepMilliseconds };
}

/** Like a workload: compares the base with itself first. The processes run one after the other. */
async function startUpRow(start: AppStart, { base, pairs }: PairOptions): Promise<PairedRow> {
  const sides: StartUp[] = [];
  try {
    for (const checkout of [base, base, HERE]) sides.push(new StartUp(start, checkout));
    const [first, second, own] = sides.map((side) => () => side.measure());
    // One process of each is not measured, because it reads its files from the disk.
    for (const side of sides) side.measure();
    return {
      name: start.name,
      base: await measurePairs(first!, second!, pairs),
      ratios: await measurePairs(first!, own!, pairs),
    };
  } finally {
    for (const side of sides) side.dispose();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UnrolledError)) throw error;
  log(error.message);
  process.exitCode = 1;
}
