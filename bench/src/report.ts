/** Makes the printed and written results from the times of the rounds. */
import { type EngineName, labelOf, PYTORCH } from './engines';
import type { Absence, Row } from './measure';
import type { Peak } from './peak';
import { fastest, medianOf, pairedRatio } from './statistics';
import { type Column, formatTable, significant } from './table';
import { AIMS, flopsPerStep, type Workload, type WorkloadName } from './workloads';

/** A line of the file that `--json` names. */
export interface Result {
  readonly workload: string;
  readonly engine: EngineName;
  readonly threads: number;
  /** Per training step, or per sampled character. */
  readonly medianMilliseconds: number;
  /**
   * PyTorch's time with its best number of threads over this row's, by pairs of the same round; null without
   * PyTorch.
   */
  readonly ratioToPyTorch: number | null;
  /** The process's largest resident set, in 10⁶ bytes. */
  readonly peakMegabytes: number;
}

/** The rows of one workload as results. */
export function resultsOf(rows: readonly Row[]): Result[] {
  const best = bestOf(rows, PYTORCH);
  return rows.map((row) => ({
    workload: row.workload,
    engine: row.engine,
    threads: row.threads,
    medianMilliseconds: medianOf(row.rounds),
    ratioToPyTorch: best ? pairedRatio(best.rounds, row.rounds) : null,
    peakMegabytes: row.peakMegabytes,
  }));
}

const bestOf = (rows: readonly Row[], engines: readonly EngineName[]) =>
  fastest(rows.filter((row) => engines.includes(row.engine)));

/**
 * The table of one workload: every configuration, its share of the machine's limit, and the reasons for
 * missing ones.
 */
export function workloadTable(
  workload: Workload,
  rows: readonly Row[],
  absences: readonly Absence[],
  products: ReadonlyMap<string, number>,
  peak?: Peak,
): string {
  const unit = `ms/${workload.kind === 'task' ? workload.unit : workload.kind === 'training' ? 'step' : 'character'}`;
  const columns: Column[] = [
    { title: 'engine' },
    { title: 'threads', right: true },
    { title: unit, right: true },
    { title: 'PyTorch / it', right: true },
    { title: 'peak MB', right: true },
    { title: 'GFLOP/s', right: true },
    { title: 'of its product', right: true },
    { title: 'of the peak', right: true },
    { title: 'rounds', right: true },
    { title: 'way' },
  ];
  const results = resultsOf(rows);
  const lines = rows.map((row, index) => {
    const { medianMilliseconds, ratioToPyTorch, peakMegabytes } = results[index]!;
    const gigaflops = flopsPerStep(workload) / medianMilliseconds / 1e6;
    const product = products.get(labelOf(row));
    const most = peak && (row.threads === 1 ? peak.oneThread : peak.allThreads);
    const share = (of: number | undefined) =>
      of === undefined || gigaflops === 0 ? '–' : `${significant((100 * gigaflops) / of)} %`;
    return [
      row.engine,
      String(row.threads),
      significant(medianMilliseconds),
      ratioToPyTorch === null ? '–' : significant(ratioToPyTorch),
      String(Math.round(peakMegabytes)),
      gigaflops > 0 ? significant(gigaflops) : '–',
      share(product),
      share(most),
      String(row.rounds.filter((time) => time !== undefined).length),
      row.chosen ?? '',
    ];
  });
  const missing = absences.map((absence) => `not run: ${labelOf(absence)}: ${absence.reason}`);
  const limit = peak ? [peakLine(peak)] : [];
  return [`${workload.name}: ${describe(workload)}`, ...limit, formatTable(columns, lines), ...missing].join(
    '\n',
  );
}

/** The table of the goals: PyTorch's best time over our best time. */
export function summaryTable(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ workload }) => workload))] as WorkloadName[];
  const columns: Column[] = [
    { title: 'workload' },
    { title: 'PyTorch ms', right: true },
    { title: 'native ms', right: true },
    { title: 'ratio', right: true },
    { title: 'relaxed ms', right: true },
    { title: 'ratio', right: true },
    { title: 'plain ms', right: true },
    { title: 'ratio', right: true },
    { title: 'to reach', right: true },
    { title: 'beyond', right: true },
  ];
  const lines = names.map((name) => {
    const own = rows.filter(({ workload }) => workload === name);
    const theirs = bestOf(own, PYTORCH);
    const ours = (engine: EngineName) => {
      const best = bestOf(own, [engine]);
      const ratio = best && theirs ? pairedRatio(theirs.rounds, best.rounds) : null;
      return [best ? significant(medianOf(best.rounds)) : '–', ratio === null ? '–' : significant(ratio)];
    };
    return [
      name,
      theirs ? significant(medianOf(theirs.rounds)) : '–',
      ...ours('unrolled-native'),
      ...ours('unrolled-relaxed'),
      ...ours('unrolled'),
      String(AIMS[name].reach),
      String(AIMS[name].beyond),
    ];
  });
  return formatTable(columns, lines);
}

/** The machine's peak rate. */
export function peakTable(peak: Peak | undefined): string {
  return peak
    ? peakLine(peak)
    : 'The peak rate was not measured: there are no native kernels (npm run native-kernels:build).';
}

function peakLine({ instructionSet, oneThread, allThreads, threads }: Peak): string {
  const billions = (gigaflops: number) => significant(gigaflops / 2);
  return `at most ${billions(oneThread)} · 10⁹ multiply-adds a second by one thread, ${billions(allThreads)} by ${threads} (${instructionSet})`;
}

/** The best product of each engine. */
export function productTable(peaks: ReadonlyMap<string, number>): string {
  const columns: Column[] = [{ title: 'matrix product 512 × 512 × 512' }, { title: 'GFLOP/s', right: true }];
  return formatTable(
    columns,
    [...peaks].map(([label, peak]) => [label, significant(peak)]),
  );
}

const CELLS = { lstm: 'LSTM', gru: 'GRU', minGru: 'minGRU', ownMinGru: 'own minGRU' } as const;

function describe(workload: Workload): string {
  if (workload.kind === 'task') return workload.description;
  const { cell, layers, units, inputSize, inputKind, outputSize } = workload;
  const model = `${layers > 1 ? `${layers} × ` : ''}${CELLS[cell]} ${units}, dense ${outputSize}`;
  if (workload.kind === 'sampling') return `${model}, one character of ${inputSize} at a time`;
  const input = inputKind === 'ids' ? `${inputSize} characters` : `${inputSize} features`;
  const where = workload.output === 'last step' ? ', last step' : '';
  return `${model}${where}, batch ${workload.batchSize}, ${workload.timeSteps} steps, ${input}`;
}
