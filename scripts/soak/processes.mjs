// Starts processes that are killed later, for the soak and for char-rnn's tests.
import { spawn } from 'node:child_process';

/** Starts a command line. `ended` resolves to its exit code, its signal and its output. */
export function start(cli, args) {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  let isRunning = true;
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      isRunning = false;
      resolve({ code, signal, output });
    });
  });
  return {
    ended,
    isRunning: () => isRunning,
    kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
