/** Measures the time of an app's process from its start to its end. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** One command of an app, and the command that must run before it. */
export interface AppStart {
  readonly name: string;
  readonly app: 'hihello' | 'char-rnn' | 'stock-forecast';
  /** @param place a separate folder of this checkout, in which `before` ran */
  args(place: string, checkout: string): readonly string[];
  /** A command of the same app that writes the input of this one. Each checkout reads its own format. */
  before?(place: string, checkout: string): readonly string[];
}

const help = (app: AppStart['app']): AppStart => ({ name: `${app} --help`, app, args: () => ['--help'] });
const bundledPrices = (checkout: string) =>
  path.join(checkout, 'apps', 'stock-forecast', 'dist', 'data', 'aapl.csv');

/** The help of each app, and a small command of each that starts an engine. */
export const APP_STARTS: readonly AppStart[] = [
  help('hihello'),
  { name: 'hihello training', app: 'hihello', args: () => ['--steps', '5'] },
  help('char-rnn'),
  {
    name: 'char-rnn sample',
    app: 'char-rnn',
    before: (place) => [
      ...['train', '--layers', '1', '--units', '16', '--steps', '1', '--validation-limit', '1000'],
      ...['--sample-every', '0', '--run-directory', path.join(place, 'run')],
    ],
    args: (place) => ['sample', '--checkpoint', path.join(place, 'run'), '--length', '20'],
  },
  help('stock-forecast'),
  {
    name: 'stock-forecast forecast',
    app: 'stock-forecast',
    before: (place) => [
      ...['train', '--units', '4', '--steps', '2', '--no-report'],
      ...['--run-directory', path.join(place, 'run')],
    ],
    args: (place, checkout) => [
      ...['forecast', bundledPrices(checkout), '--model', path.join(place, 'run', 'model.safetensors')],
    ],
  },
];

/** A command of one checkout, ready to be timed. */
export class StartUp {
  private readonly place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-start-up-'));

  /** @throws Error if the earlier command fails */
  constructor(
    private readonly start: AppStart,
    private readonly checkout: string,
  ) {
    const args = start.before?.(this.place, checkout);
    if (args) this.run(args);
  }

  /**
   * Milliseconds of one process, from its start to its end.
   *
   * @throws Error if it fails
   */
  measure(): number {
    const begin = performance.now();
    this.run(this.start.args(this.place, this.checkout));
    return performance.now() - begin;
  }

  /** Removes the files of the earlier command. */
  dispose(): void {
    rmSync(this.place, { recursive: true });
  }

  private run(args: readonly string[]): void {
    const cli = path.join(this.checkout, 'apps', this.start.app, 'dist', 'cli.js');
    const { status, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: this.place,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new Error(`${this.start.app} ${args.join(' ')}: ended with code ${status}: ${stderr}`);
  }
}
