// For the tests: trains in processes that are killed with SIGKILL, and resumes the run.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sleep, start } from '../../../scripts/soak/processes.mjs';

const POLL_MILLISECONDS = 2;

/**
 * Starts a run, kills its process when the log reaches each step of `kills`, and resumes it each time. The
 * last process ends by itself.
 *
 * @param {object} run
 * @param {string} run.cli the built command line
 * @param {string} run.directory of the run
 * @param {readonly string[]} run.args arguments of train, including `--log-every 1`
 * @param {readonly number[]} run.kills steps, ascending
 * @param {(killed: { step: number, from: number | null }) => void} [run.onKill] receives the last logged step
 *   before the kill, and the step from which this process resumed; null if it had not resumed yet
 */
export async function trainThroughKills({ cli, directory, args, kills, onKill = () => {} }) {
  const log = path.join(directory, 'log.jsonl');
  let command = ['train', ...args, '--run-directory', directory];
  for (const target of kills) {
    const process = start(cli, command);
    while (lastStep(log) < target && process.isRunning()) await sleep(POLL_MILLISECONDS);
    await sleep(0);
    const { signal, output } = await process.kill('SIGKILL');
    if (signal !== 'SIGKILL') throw new Error(`the run ended by itself before step ${target}:\n${output}`);
    const goingOn = /continuing after step (\d+)/.exec(output);
    onKill({
      step: lastStep(log),
      from: goingOn ? Number(goingOn[1]) : command[1] === '--resume' ? null : 0,
    });
    command = ['train', '--resume', directory];
  }
  await train(cli, command);
}

/** Runs `train` to its end. If it fails, throws its output. */
export async function train(cli, command) {
  const { code, output } = await start(cli, command).ended;
  if (code !== 0) throw new Error(`exit code ${code}:\n${output}`);
}

/** The step of the last complete line of a log; 0 while there is none. */
function lastStep(log) {
  try {
    const lines = readFileSync(log, 'utf8').split('\n');
    return lines.length > 1 ? JSON.parse(lines.at(-2)).step : 0;
  } catch {
    return 0;
  }
}
