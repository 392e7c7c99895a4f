/** The programs whose back-tests can run over a database. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { BacktestPlan } from '@unrolled/forecaster';
import { openTaskThread } from '@unrolled/forecaster/node';
import type { SharedPlan } from './study';
import { type FitThread, openFitThread } from './thread';

/** A program whose fits a worker can run. */
export interface FitProgram {
  /** The name in messages. */
  readonly name: string;
  /** Another version may give other bits. */
  readonly version: string;
  open(shared: SharedPlan): FitThread;
}

/**
 * The fits of stock-forecast, by the package of the forecaster.
 *
 * @param version version of the forecaster
 */
export function forecasterFits(version: string): FitProgram {
  return {
    ...{ name: 'the forecaster', version },
    open: ({ plan, backend }) => openTaskThread(plan as BacktestPlan, { backend }),
  };
}

/**
 * The fits of forecast, by a file beside its command line.
 *
 * @param manifest path of the app's package.json
 */
export function forecastFits(manifest: string): FitProgram {
  const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
  const forecaster = createRequire(manifest)('@unrolled/forecaster/package.json').version;
  const file = path.join(path.dirname(manifest), 'dist', 'fold-thread.js');
  return {
    ...{ name: 'forecast', version: `${version} (forecaster ${forecaster})` },
    open: (shared) => openFitThread(file, shared),
  };
}
