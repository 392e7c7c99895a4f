import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { environmentOf, type ProcessLimits, tieOf, watchMemory } from './limits';

/** The process of a trial. */
export interface Child extends ProcessLimits {
  /** Arguments for Node. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Seconds after which the process is killed. */
  readonly seconds?: number | undefined;
  /** File for the first megabyte of its output, from both streams; default none. */
  readonly output?: string;
  /**
   * Called with each line of JSON that the process writes to descriptor 3. For a line with `step`, the result
   * is the answer.
   */
  readonly onMessage: (message: Record<string, unknown>) => boolean;
}

/** The end of a process. */
export interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isLate: boolean;
  readonly isLarge: boolean;
  /** The last line of its output. */
  readonly lastWords: string;
}

/** Number of bytes of output that are kept from the beginning, and from the end for the last line. */
const KEPT = 1 << 20;
const TAIL = 4096;
/** Maximum number of characters of a message, because a report is short. */
const LONGEST = 1 << 20;
/** Milliseconds between the request to stop and the kill signal. */
const GRACE = 10_000;

/**
 * Runs a process to its end. If the signal aborts, the process is asked to stop, and killed if it does not.
 */
export function runChild({ args, env, signal, seconds, output, onMessage, ...limits }: Child): Promise<End> {
  const child = spawn(process.execPath, [...tieOf(limits), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(limits.isTied ? ['ipc' as const] : [])],
    env: environmentOf(limits, env),
    // Ctrl-C in the terminal reaches only the study, which asks its trials to stop.
    detached: true,
  });
  const words = keepWords(child.stdio as unknown as Readable[], output);
  return new Promise((resolve, reject) => {
    let isLate = false;
    let isLarge = false;
    let failure: unknown;
    const kill = () => void child.kill('SIGKILL');
    const stop = () => {
      child.kill('SIGTERM');
      setTimeout(kill, GRACE).unref();
    };
    const late = () => {
      isLate = true;
      kill();
    };
    const unweigh = watchMemory(child.pid!, limits, () => {
      isLarge = true;
      kill();
    });
    const limit = seconds === undefined ? undefined : setTimeout(late, Math.min(seconds * 1000, 0x7fffffff));
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
    const channel = child.stdio[3] as Duplex;
    // A process that has exited receives no answer.
    channel.on('error', () => {});
    readMessages(channel, (message) => {
      try {
        const answer = onMessage(message);
        if ('step' in message) channel.write(answer ? 'y' : 'n');
      } catch (error) {
        failure ??= error;
        kill();
      }
    });
    child.on('error', reject);
    child.on('close', (code, ended) => {
      clearTimeout(limit);
      unweigh();
      signal?.removeEventListener('abort', stop);
      const lastWords = words();
      if (failure === undefined) resolve({ code, signal: ended, isLate, isLarge, lastWords });
      else reject(failure);
    });
  });
}

/**
 * Writes the beginning of two streams to a file, reads them to their end so the process does not block, and
 * returns the last line.
 */
function keepWords([, stdout, stderr]: readonly Readable[], output: string | undefined): () => string {
  const file = output === undefined ? undefined : openSync(output, 'w');
  let kept = 0;
  let tail = '';
  for (const stream of [stdout!, stderr!]) {
    stream.on('data', (data: Buffer) => {
      const piece = data.subarray(0, KEPT - kept);
      if (file !== undefined && piece.length > 0) writeSync(file, piece);
      kept += piece.length;
      tail = (tail + data.subarray(-TAIL).toString('utf8')).slice(-TAIL);
    });
  }
  return () => {
    if (file !== undefined) closeSync(file);
    return tail.trimEnd().split('\n').at(-1)!.trim();
  };
}

/** Parses lines of JSON; other lines are skipped. */
function readMessages(channel: Readable, take: (message: Record<string, unknown>) => void): void {
  let rest = '';
  channel.setEncoding('utf8');
  channel.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!.slice(0, LONGEST);
    for (const line of lines) {
      const message = messageIn(line);
      if (message) take(message);
    }
  });
}

/** Undefined for a line that is not JSON, because an objective may write to the descriptor, too. */
function messageIn(line: string): Record<string, unknown> | undefined {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
