/** `npm run bench`: every workload on every engine at hand, as tables and as JSON. */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { UnrolledError } from '@unrolled/errors';
import { CONFIGURATIONS, heldTo } from './engines';
import { Bench, type Outcome } from './measure';
import { type BenchOptions, parseOptions, USAGE } from './options';
import { measurePeak } from './peak';
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
  print(
    `${os.cpus()[0]?.model ?? 'unknown processor'}, ${os.availableParallelism()} cores, Node ${process.version}`,
  );
  const outcomes = await measureAll(options);
  const rows = outcomes.flatMap((outcome) => outcome.rows);
  print(`PyTorch's time over ours, each at its best thread count:\n\n${summaryTable(rows)}`);
  const engines = [...new Set(rows.map(({ engine, description }) => `${engine}: ${description}`))];
  print(engines.join('\n'));
  if (options.json !== undefined) {
    const results = outcomes.flatMap((outcome) => resultsOf(outcome.rows));
    writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
  }
  log(`${Math.round((performance.now() - begin) / 1000)} s`);
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  for (const problem of problems) log(`problem: ${problem}`);
  return problems.length > 0 ? 1 : 0;
}

async function measureAll(options: BenchOptions): Promise<Outcome[]> {
  const { workloads, engines, rounds, patienceSeconds, profile, instructions, processorTime } = options;
  const bench = new Bench({ rounds, patienceSeconds, profile, instructions, processorTime, log });
  const configurations = CONFIGURATIONS.filter(
    ({ engine, threads }) =>
      engines.includes(engine) &&
      (instructions === undefined || heldTo(engine)) &&
      (!processorTime || threads === 1),
  );
  const peak = measurePeak(instructions);
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
