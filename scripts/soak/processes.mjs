// Processes that are killed, for soak-kills.mjs.
import { spawn } from 'node:child_process';

/** Starts a command line; `ended` gives how it ended, and what it said. */
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

/** A seeded stream of numbers in [0, 1): mulberry32. */
export function uniforms(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
