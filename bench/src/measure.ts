/**
 * Runs a workload on every engine. Each engine has a process; all processes stay alive and take turns in each
 * round.
 */
import { EngineProcess } from './engine-process';
import {
  type Configuration,
  expectedParameters,
  type InstructionSet,
  labelOf,
  PRODUCT_ENGINES,
  PYTORCH,
} from './engines';
import { makeBatch } from './inputs';
import type { Preparation } from './protocol';
import { iterationsFor, orderOf, roundsFor } from './schedule';
import { flopsPerStep, LEARNING_RATE, type Workload } from './workloads';

/** The times of one configuration. */
export interface Row extends Configuration {
  readonly workload: string;
  /** Milliseconds per step in each round; undefined for rounds in which it did not take part. */
  readonly rounds: (number | undefined)[];
  peakMegabytes: number;
  readonly chosen?: string;
  readonly description: string;
  readonly firstLoss: number | null;
  /**
   * The smallest loss at the end of a round. The last one may be larger, because Adam's first steps sometimes
   * overshoot.
   */
  leastLoss: number | null;
}

/** A configuration without figures. */
export interface Absence extends Configuration {
  readonly workload: string;
  readonly reason: string;
}

export interface Outcome {
  readonly rows: Row[];
  readonly absences: Absence[];
  /** Signs that an engine computes another model. */
  readonly problems: string[];
}

export interface Settings {
  readonly rounds: number;
  /** The longest time of one step; an engine that needs longer is left out. */
  readonly patienceSeconds: number;
  /** A folder for the CPU profiles of Node's processes. */
  readonly profile?: string;
  /** The widest instructions that the engines may use. */
  readonly instructions?: InstructionSet;
  /** Whether to measure processor time instead of elapsed time. */
  readonly processorTime?: boolean;
  readonly log: (line: string) => void;
}

/** Additional time of the preparation. PyTorch first times several ways. */
const PREPARE_EXTRA_SECONDS = { pytorch: 300, others: 30 };
/**
 * JavaScript takes most of the time of a small training step. V8's optimising compiler finishes late if the
 * engine's threads use all cores.
 */
const WARM_MILLISECONDS = { small: 3000, others: 1000 };
/** From the time of a workload this large, the time of a larger one can be estimated. */
const TELLING_FLOPS = 1e9;

interface Running {
  readonly process: EngineProcess;
  readonly row: Row;
  readonly iterations: number;
  readonly plannedRounds: number;
}

export class Bench {
  /** Why a configuration never starts. */
  private readonly unavailable = new Map<string, string>();
  /** Milliseconds per floating-point operation of a large training step. */
  private readonly pace = new Map<string, number>();

  constructor(private readonly settings: Settings) {}

  async measure(workload: Workload, configurations: readonly Configuration[]): Promise<Outcome> {
    const outcome: Outcome = { rows: [], absences: [], problems: [] };
    const leaveOut = (configuration: Configuration, reason: string) =>
      outcome.absences.push({ ...configuration, workload: workload.name, reason });
    const candidates = configurations.filter((configuration) => {
      const reason = this.reasonAgainst(configuration, workload);
      if (reason) leaveOut(configuration, reason);
      return !reason;
    });
    const started = await this.startAll(candidates, leaveOut);
    const running: Running[] = [];
    try {
      for (const process of started) {
        const prepared = await this.prepare(process, workload, outcome).catch((error: Error) => {
          leaveOut(process.configuration, error.message);
          return undefined;
        });
        if (prepared) running.push(prepared);
        else await process.stop();
      }
      await this.takeTurns(running, leaveOut);
    } finally {
      await Promise.all(started.map((process) => process.stop()));
    }
    if (workload.kind === 'task' && workload.task.type === 'beam') {
      outcome.problems.push(
        ...otherAnswers(
          workload.name,
          running.map(({ row }) => row),
        ),
      );
      for (const { row } of running)
        if (row.rounds.some((time) => time !== undefined)) outcome.rows.push(row);
      return outcome;
    }
    for (const { row } of running) {
      if (!row.rounds.some((time) => time !== undefined)) continue;
      outcome.rows.push(row);
      if (row.firstLoss !== null && !(row.leastLoss! < row.firstLoss))
        outcome.problems.push(
          `${workload.name}, ${labelOf(row)}: expected the loss to fall, got ${row.firstLoss} at first and ${row.leastLoss} at best`,
        );
    }
    return outcome;
  }

  /**
   * GFLOP/s of a square matrix product, the machine's own limit: the best of all rounds, for each engine that
   * has one.
   */
  async measureProduct(configurations: readonly Configuration[], size = 512): Promise<Map<string, number>> {
    const candidates = configurations.filter(
      (configuration) =>
        PRODUCT_ENGINES.includes(configuration.engine) && !this.unavailable.has(labelOf(configuration)),
    );
    const started = await this.startAll(candidates, () => {});
    const best = new Map<string, number>();
    const time = async (process: EngineProcess, iterations: number) =>
      (await process.ask({ command: 'product', size, iterations })).milliseconds / iterations;
    try {
      const iterations = new Map<EngineProcess, number>();
      for (const process of started) {
        await time(process, 20);
        iterations.set(process, iterationsFor(await time(process, 5)));
      }
      for (let round = 0; round < this.settings.rounds; round++) {
        for (const process of orderOf(started, round)) {
          const gigaflops = (2 * size ** 3) / (await time(process, iterations.get(process)!)) / 1e6;
          const label = labelOf(process.configuration);
          best.set(label, Math.max(best.get(label) ?? 0, gigaflops));
        }
      }
    } finally {
      await Promise.all(started.map((process) => process.stop()));
    }
    return best;
  }

  private reasonAgainst(configuration: Configuration, workload: Workload): string | undefined {
    const known = this.unavailable.get(labelOf(configuration));
    const pace = this.pace.get(labelOf(configuration));
    if (known || pace === undefined || workload.kind !== 'training') return known;
    const seconds = (pace * flopsPerStep(workload)) / 1000;
    return seconds > this.settings.patienceSeconds
      ? `a step would take about ${Math.round(seconds)} s, estimated from char-128 (--patience SECONDS allows more)`
      : undefined;
  }

  private async startAll(
    configurations: readonly Configuration[],
    leaveOut: (configuration: Configuration, reason: string) => void,
  ): Promise<EngineProcess[]> {
    const started = await Promise.all(
      configurations.map((configuration) =>
        EngineProcess.start(configuration, this.settings.profile, this.settings.instructions),
      ),
    );
    return started.flatMap((result, index) => {
      if ('process' in result) return [result.process];
      this.unavailable.set(labelOf(configurations[index]!), result.reason);
      leaveOut(configurations[index]!, result.reason);
      return [];
    });
  }

  private async prepare(process: EngineProcess, workload: Workload, outcome: Outcome): Promise<Running> {
    const { configuration, description } = process;
    const { rounds, patienceSeconds, log } = this.settings;
    const { pytorch, others } = PREPARE_EXTRA_SECONDS;
    const batch = workload.kind === 'training' ? makeBatch(workload) : undefined;
    const flops = flopsPerStep(workload);
    const small = workload.kind === 'training' && flops < TELLING_FLOPS;
    const prepared = await process.ask(
      {
        command: 'prepare',
        workload,
        batch,
        learningRate: LEARNING_RATE,
        warmMilliseconds: WARM_MILLISECONDS[small ? 'small' : 'others'],
      },
      1000 * (patienceSeconds + (PYTORCH.includes(configuration.engine) ? pytorch : others)),
    );
    const { stepMilliseconds, chosen, firstLoss, parameters } = prepared;
    log(
      `  ${labelOf(configuration)}: ${stepMilliseconds.toPrecision(3)} ms in the warm-up${chosen ? ` (${chosen})` : ''}`,
    );
    if (workload.kind === 'training' && flops > TELLING_FLOPS)
      this.pace.set(labelOf(configuration), stepMilliseconds / flops);
    const expected = expectedParameters(configuration.engine, workload);
    if (parameters !== expected)
      outcome.problems.push(
        `${workload.name}, ${labelOf(configuration)}: expected a model of ${expected} parameters, got ${parameters}`,
      );
    const row = newRow(workload, configuration, description, rounds, prepared);
    const plannedRounds = PYTORCH.includes(configuration.engine)
      ? rounds
      : roundsFor(stepMilliseconds, rounds);
    return {
      process,
      row: { ...row, firstLoss },
      iterations: iterationsFor(stepMilliseconds),
      plannedRounds,
    };
  }

  private async takeTurns(
    running: readonly Running[],
    leaveOut: (configuration: Configuration, reason: string) => void,
  ): Promise<void> {
    const failed = new Set<Running>();
    for (let round = 0; round < this.settings.rounds; round++) {
      for (const one of orderOf(running, round)) {
        if (failed.has(one) || round >= one.plannedRounds) continue;
        try {
          const { iterations } = one;
          const measured = await one.process.ask({ command: 'measure', iterations });
          const { milliseconds, processorMilliseconds, loss } = measured;
          const time = this.settings.processorTime ? processorMilliseconds : milliseconds;
          one.row.rounds[round] = time / iterations;
          if (loss !== null) one.row.leastLoss = Math.min(loss, one.row.leastLoss ?? loss);
        } catch (error) {
          failed.add(one);
          one.row.rounds.fill(undefined);
          leaveOut(one.process.configuration, (error as Error).message);
        }
      }
    }
    for (const one of running) {
      if (!failed.has(one))
        one.row.peakMegabytes = (await one.process.ask({ command: 'memory' })).peakMegabytes;
    }
  }
}

/** Searches with another result than the first engine's. */
function otherAnswers(name: string, rows: readonly Row[]): string[] {
  const [first] = rows;
  return rows
    .filter(({ firstLoss }) => !(Math.abs(firstLoss! - first!.firstLoss!) < 1e-3))
    .map(
      (row) =>
        `${name}, ${labelOf(row)}: expected texts with a mean ln P of ${first!.firstLoss}, as found by ${labelOf(first!)}, got ${row.firstLoss}`,
    );
}

function newRow(
  { name }: Workload,
  { engine, threads }: Configuration,
  description: string,
  rounds: number,
  { chosen, firstLoss }: Preparation,
): Row {
  return {
    workload: name,
    engine,
    threads,
    rounds: new Array<number | undefined>(rounds).fill(undefined),
    peakMegabytes: Number.NaN,
    chosen,
    description,
    firstLoss,
    leastLoss: null,
  };
}
