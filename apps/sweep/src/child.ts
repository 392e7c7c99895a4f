import { spawn } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { environmentOf, type ProcessLimits, tieOf, watchMemory } from './limits';

/** A process of a trial. */
export interface Child extends ProcessLimits {
  /** Node's arguments. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Seconds after which it is killed. */
  readonly seconds?: number | undefined;
  /** File for the first megabyte of its output, both streams; default none. */
  readonly output?: string;
  /**
   * Gets each line of JSON that it writes to descriptor 3; of a line with `step` the result is its answer.
   */
  readonly onMessage: (message: Record<string, unknown>) => boolean;
}

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly isLate: boolean;
  readonly isLarge: boolean;
  /** The last line of its words. */
  readonly lastWords: string;
}

/** Bytes of words that are kept at the beginning, and at the end for the last line. */
const KEPT = 1 << 20;
const TAIL = 4096;
/** Maximum number of characters of a message: a report is short. */
const LONGEST = 1 << 20;
/** Milliseconds between the request to stop and the kill. */
const GRACE = 10_000;

/** Runs a process to its end; an aborted signal asks it to stop, and kills it where it does not. */
export function runChild({ args, env, signal, seconds, output, onMessage, ...limits }: Child): Promise<End> {
  const child = spawn(process.execPath, [...tieOf(limits), ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(limits.isTied ? ['ipc' as const] : [])],
    env: environmentOf(limits, env),
    // Ctrl-C in the terminal is the study's alone: it asks its trials to stop.
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
    // A process that is gone takes no answer.
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
 * Writes the beginning of two streams to a file, continues to read them so the process does not block, and
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

/** Lines of JSON; other lines are skipped. */
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

/** Undefined for what is no JSON: an objective may write where it should not. */
function messageIn(line: string): Record<string, unknown> | undefined {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
