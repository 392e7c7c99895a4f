// Runs the commands of the release rehearsal.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { run } from '../lib.mjs';

/** Runs a Node script or a command, and throws unless it ends with 0. */
export async function must(command, args, options) {
  const script = /\.(c|m)?js$/.test(command) || command.includes('node_modules');
  const [program, list] = script ? [process.execPath, [command, ...args]] : [command, args];
  const { code, signal } = await run(program, list, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  if (code !== 0) throw new Error(`${path.basename(command)} ${args[0] ?? ''} ended with ${signal ?? code}`);
}

/** The output of a command; its standard error is passed on. Throws unless it ends with 0. */
export function output(command, args, cwd, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(text)
        : reject(new Error(`${command} ${args.join(' ')} ended with ${code}\n${text}`)),
    );
  });
}
