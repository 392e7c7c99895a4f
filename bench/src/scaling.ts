/**
 * `npm run bench:scaling`: measures whether the time per step is linear in T and in B, and whether the cost
 * per sampled character is constant.
 */
import { parseArgs } from 'node:util';
import { UnrolledError } from '@unrolled/errors';
import { EngineProcess } from './engine-process';
import { CONFIGURATIONS, ENGINE_NAMES, type EngineName, labelOf } from './engines';
import { makeBatch } from './inputs';
import { positiveInteger } from './options';
import { iterationsFor } from './schedule';
import { medianOf } from './statistics';
import { formatTable, significant } from './table';
import { LEARNING_RATE, type TrainingWorkload, WORKLOADS } from './workloads';

const USAGE = `Usage: npm run bench:scaling -- [options]

  --engine NAME   one of ${ENGINE_NAMES.join(', ')} (default unrolled-relaxed)
  --threads N     1 or 2 (default 2)
  --rounds N      measurements of each size (default 7)
  --tokens N      characters to sample at most (default 1000000)`;

const MULTIPLES = [1, 2, 4, 8];
const log = (line: string) => process.stderr.write(`${line}\n`);

interface Options {
  readonly engine: EngineName;
  readonly threads: number;
  readonly rounds: number;
  readonly tokens: number;
}

function parseScaling(args: string[]): Options | 'help' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { engine: text, threads: text, rounds: text, tokens: text, help: { type: 'boolean' } },
  });
  if (values.help) return 'help';
  const engine = (values.engine ?? 'unrolled-relaxed') as EngineName;
  const threads = positiveInteger('--threads', values.threads ?? '2');
  if (!CONFIGURATIONS.some((known) => known.engine === engine && known.threads === threads)) {
    throw new UnrolledError('bench', '--engine, --threads', {
      expected: `one of ${CONFIGURATIONS.map(labelOf).join(', ')}`,
      got: `${engine} × ${threads}`,
    });
  }
  const rounds = positiveInteger('--rounds', values.rounds ?? '7');
  return { engine, threads, rounds, tokens: positiveInteger('--tokens', values.tokens ?? '1000000') };
}

async function start({ engine, threads }: Options): Promise<EngineProcess> {
  const started = await EngineProcess.start({ engine, threads });
  if ('process' in started) return started.process;
  throw new UnrolledError('bench', `${engine} × ${threads}`, {
    expected: 'an engine that runs here',
    got: started.reason,
  });
}

/**
 * One process for each size. All stay alive and are measured in turn, so a slow phase of the machine affects
 * all sizes.
 */
async function trainingTable(options: Options, what: 'timeSteps' | 'batchSize'): Promise<string> {
  const base = WORKLOADS.find(({ name }) => name === 'char-128') as TrainingWorkload;
  const sizes: TrainingWorkload[] = MULTIPLES.map((multiple) => ({ ...base, [what]: multiple * base[what] }));
  const processes: EngineProcess[] = [];
  try {
    const running: { process: EngineProcess; iterations: number; rounds: number[] }[] = [];
    for (const workload of sizes) {
      const process = await start(options);
      processes.push(process);
      const prepared = await process.ask({
        command: 'prepare',
        workload,
        batch: makeBatch(workload),
        learningRate: LEARNING_RATE,
        warmMilliseconds: 1000,
      });
      running.push({ process, iterations: iterationsFor(prepared.stepMilliseconds), rounds: [] });
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const { process, iterations, rounds } of running) {
        rounds.push((await process.ask({ command: 'measure', iterations })).milliseconds / iterations);
      }
    }
    const times = running.map(({ rounds }) => medianOf(rounds));
    return formatTable(
      [
        { title: what === 'timeSteps' ? 'T' : 'B', right: true },
        { title: 'ms/step', right: true },
        { title: 'of 1×', right: true },
        { title: 'per unit, of 1×', right: true },
      ],
      times.map((time, index) => [
        `${MULTIPLES[index]}× = ${sizes[index]![what]}`,
        significant(time),
        significant(time / times[0]!),
        significant(time / times[0]! / MULTIPLES[index]!),
      ]),
    );
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
  }
}

/** One process that keeps sampling. There is a line each time the number of characters has grown tenfold. */
async function samplingTable(options: Options): Promise<string> {
  const workload = WORKLOADS.find(({ name }) => name === 'sample-128')!;
  const process = await start(options);
  try {
    await process.ask({ command: 'prepare', workload, learningRate: LEARNING_RATE, warmMilliseconds: 1000 });
    const lines: string[][] = [];
    let total = 0;
    for (let count = Math.min(10_000, options.tokens); count <= options.tokens; count *= 10) {
      const portion = count - total;
      const { milliseconds } = await process.ask({ command: 'measure', iterations: portion }, 3_600_000);
      total = count;
      const { peakMegabytes } = await process.ask({ command: 'memory' });
      lines.push([
        String(count),
        significant((1000 * milliseconds) / portion),
        String(Math.round(peakMegabytes)),
      ]);
    }
    const columns = [
      { title: 'characters so far' },
      { title: 'µs/character of the last portion' },
      { title: 'peak MB' },
    ];
    return formatTable(
      columns.map((column) => ({ ...column, right: true })),
      lines,
    );
  } finally {
    await process.stop();
  }
}

async function main(): Promise<void> {
  const options = parseScaling(process.argv.slice(2));
  if (options === 'help') return void process.stdout.write(`${USAGE}\n`);
  const tables: [string, () => Promise<string>][] = [
    ['char-128, longer sequences', () => trainingTable(options, 'timeSteps')],
    ['char-128, larger batches', () => trainingTable(options, 'batchSize')],
    ['sample-128, longer texts', () => samplingTable(options)],
  ];
  for (const [title, make] of tables) {
    log(title);
    process.stdout.write(`${title}, ${labelOf(options)}:\n\n${await make()}\n\n`);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UnrolledError)) throw error;
  log(error.message);
  process.exitCode = 1;
}
