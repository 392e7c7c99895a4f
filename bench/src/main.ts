/** `npm run bench`: runs every workload on every available engine, and prints tables and JSON. */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { UnrolledError } from '@unrolled/errors';
import { CONFIGURATIONS, heldTo } from './engines';
import { Bench, type Outcome } from './measure';
import { type BenchOptions, parseOptions, USAGE } from './options';
import { measurePeak, type Peak } from './peak';
import { recordRun } from './record';
import { peakTable, productTable, resultsOf, summaryTable, workloadTable } from './report';

const log = (line: string) => process.stderr.write(`${line}\n`);
const print = (text: string) => process.stdout.write(`${text}\n\n`);

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (options === 'help') {
    print(USAGE);
    return 0;
  }
  const begin = performance.now();
  const { processor, cores, node } = machine();
  print(`${processor}, ${cores} cores, Node ${node}`);
  const peak = measurePeak(options.instructions);
  const outcomes = await measureAll(options, peak);
  const rows = outcomes.flatMap((outcome) => outcome.rows);
  print(`PyTorch's time over ours, each at its best thread count:\n\n${summaryTable(rows)}`);
  const engines = [...new Set(rows.map(({ engine, description }) => `${engine}: ${description}`))];
  print(engines.join('\n'));
  const results = outcomes.flatMap((outcome) => resultsOf(outcome.rows));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  const seconds = Math.round((performance.now() - begin) / 1000);
  log(`${seconds} s`);
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  for (const problem of problems) log(`problem: ${problem}`);
  if (options.record && problems.length === 0) {
    if (!peak) {
      throw new UnrolledError('bench', '--record', {
        expected: 'native kernels, which have a row in the table',
        got: 'none built',
        remedy: 'npm run native-kernels:build',
      });
    }
    recordRun({ ...machine(), command: `npm run bench -- ${args.join(' ')}`, seconds, peak, results });
  }
  return problems.length > 0 ? 1 : 0;
}

const machine = () => ({
  date: new Date().toISOString().slice(0, 10),
  processor: os.cpus()[0]?.model ?? 'unknown processor',
  cores: os.availableParallelism(),
  node: process.versions.node,
});

async function measureAll(options: BenchOptions, peak: Peak | undefined): Promise<Outcome[]> {
  const { workloads, engines, rounds, patienceSeconds, profile, instructions, processorTime } = options;
  const bench = new Bench({ rounds, patienceSeconds, profile, instructions, processorTime, log });
  const configurations = CONFIGURATIONS.filter(
    ({ engine, threads }) =>
      engines.includes(engine) &&
      (instructions === undefined || heldTo(engine)) &&
      (!processorTime || threads === 1),
  );
  print(peakTable(peak));
  log('the matrix product');
  const products = await bench.measureProduct(configurations);
  if (products.size > 0) print(productTable(products));
  const outcomes: Outcome[] = [];
  for (const workload of workloads) {
    log(workload.name);
    const outcome = await bench.measure(workload, configurations);
    outcomes.push(outcome);
    print(workloadTable(workload, outcome.rows, outcome.absences, products, peak));
  }
  return outcomes;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UnrolledError)) throw error;
  log(error.message);
  process.exitCode = 1;
}
