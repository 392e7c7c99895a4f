/**
 * The current table: the results of a full run, in `results.json`, and the part of README.md that is
 * generated from them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EngineName, PYTORCH } from './engines';
import type { Peak } from './peak';
import { peakTable, type Result } from './report';
import { type Column, formatTable, significant } from './table';
import { flopsPerStep, WORKLOADS } from './workloads';

/** One run, with everything that a reader needs to judge and repeat it. */
export interface RecordedRun {
  /** As YYYY-MM-DD. */
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  readonly command: string;
  readonly seconds: number;
  readonly peak: Peak;
  readonly results: readonly Result[];
}

const BENCH = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const RESULTS = path.join(BENCH, 'results.json');
const README = path.join(BENCH, 'README.md');
const BEGIN = '<!-- made by npm run bench -- --record -->';
const END = '<!-- end -->';

/** Writes the run to results.json and its tables into README.md. */
export function recordRun(run: RecordedRun): void {
  const readme = withTables(readFileSync(README, 'utf8'), run);
  writeFileSync(RESULTS, `${JSON.stringify(run, null, 2)}\n`);
  writeFileSync(README, readme);
}

export const readRecordedRun = (): RecordedRun => JSON.parse(readFileSync(RESULTS, 'utf8')) as RecordedRun;

export const readReadme = (): string => readFileSync(README, 'utf8');

/** README's text with the tables between the two marks replaced by those of this run. */
export function withTables(readme: string, run: RecordedRun): string {
  const [before, rest] = readme.split(`${BEGIN}\n`);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`expected the marks '${BEGIN}' and '${END}' in ${README}`);
  return `${before}${BEGIN}\n${tablesOf(run)}\n${END}${after}`;
}

function tablesOf(run: RecordedRun): string {
  const { date, processor, cores, node, command, seconds, peak } = run;
  return `${date}, ${processor}, ${cores} cores, Node ${node}, ${seconds} s:

\`\`\`sh
${command}
\`\`\`

${summary(run)}

The processor computes ${peakTable(peak)}.
`;
}

const COLUMNS: readonly Column[] = [
  { title: 'workload' },
  { title: 'PyTorch ms', right: true },
  { title: 'native ms', right: true },
  { title: 'ratio', right: true },
  { title: 'of the peak', right: true },
  { title: 'WebAssembly ms', right: true },
  { title: 'ratio', right: true },
  { title: 'peak MB, native / WebAssembly / PyTorch', right: true },
];

/** Each engine with its best number of threads. The ratio is PyTorch's time over ours. */
function summary({ results, peak }: RecordedRun): string {
  const lines = WORKLOADS.flatMap((workload) => {
    const best = (engines: readonly EngineName[]) =>
      results
        .filter((result) => result.workload === workload.name && engines.includes(result.engine))
        .reduce<Result | undefined>(
          (least, result) =>
            least && least.medianMilliseconds <= result.medianMilliseconds ? least : result,
          undefined,
        );
    const [pytorch, native, wasm] = [best(PYTORCH), best(['unrolled-native']), best(['unrolled-relaxed'])];
    if (!pytorch || !native || !wasm) return [];
    const most = native.threads === 1 ? peak.oneThread : peak.allThreads;
    const share = flopsPerStep(workload) / native.medianMilliseconds / 1e6 / most;
    const time = ({ medianMilliseconds }: Result) => significant(medianMilliseconds);
    const ratio = ({ ratioToPyTorch }: Result) =>
      ratioToPyTorch === null ? '–' : significant(ratioToPyTorch);
    return [
      [
        workload.name,
        time(pytorch),
        time(native),
        ratio(native),
        `${significant(100 * share)} %`,
        time(wasm),
        ratio(wasm),
        [native, wasm, pytorch].map(({ peakMegabytes }) => Math.round(peakMegabytes)).join(' / '),
      ],
    ];
  });
  return formatTable(COLUMNS, lines);
}
