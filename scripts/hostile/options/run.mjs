// npm run hostile:options -- [--calls 10000] [--seed 1] [--only data:,lstm] [--first 0]: calls public
// functions with one wrong argument or option, generated from the declarations. Each call must throw an
// UnrolledError with a remedy, unless the declaration allows the value. Faults are a TypeError, a message of
// tfjs, a remaining tensor, a hang, and a wrong value that is accepted. A fault is printed with its number,
// and `--first NUMBER --calls 1` repeats it. The script needs a build.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { serialize } from 'node:v8';
import { listFunctions } from './declarations.mjs';

const { values: options } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
});

/**
 * Milliseconds without a message after which a call counts as one that never returns. Before the first call
 * the packages are loaded, which takes longer.
 */
const SILENCE = 30_000;
const START = 300_000;

const end = Number(options.first) + Number(options.calls);
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-calls-'));
// The declarations are read only once, because it takes long.
const declarations = path.join(place, 'declarations');
writeFileSync(declarations, serialize(listFunctions()));
const faults = [];
let next = Number(options.first);
while (next < end) next = await portion(next);
rmSync(place, { recursive: true, force: true });

for (const { index, name, what, fault } of faults) console.log(`${index} ${name} ${what}: ${fault}`);
console.log(`hostile:options: ${options.calls} calls, ${faults.length} faults, seed ${options.seed}`);
process.exit(faults.length > 0 ? 1 : 0);

/**
 * Makes calls in a separate process until all are made, one never returns, or one ends the process. @returns
 * the number of the next call
 */
function portion(first) {
  return new Promise((resolve) => {
    const child = fork(
      path.join(path.dirname(fileURLToPath(import.meta.url)), 'child.mjs'),
      [declarations, first, end - first, options.seed, options.only ?? ''].map(String),
      // The files of a killed process are removed with this folder.
      {
        cwd: place,
        env: { ...process.env, TMPDIR: place },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      },
    );
    let [at, name, isDone, isSilent, isLate] = [first, 'the first call', false, false, false];
    let timer;
    const wait = (patience) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        isSilent = true;
        child.kill('SIGKILL');
      }, patience);
    };
    wait(START);
    child.on('message', (message) => {
      wait(SILENCE);
      if (message.fault) faults.push(message);
      else if (message.isDone) isDone = true;
      else if (message.isLate) isLate = true;
      else [at, name] = [message.index, message.name];
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      if (isDone) return resolve(end);
      if (isLate) return resolve(at + 1);
      faults.push({
        index: at,
        name,
        what: '',
        fault: isSilent ? 'never returns' : `ends the process with ${code}`,
      });
      resolve(at + 1);
    });
  });
}
