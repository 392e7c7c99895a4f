import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Configuration, type InstructionSet, labelOf, launchOf } from './engines';
import type { Answers, Greeting, Request } from './protocol';

/** Long enough to import PyTorch on a busy machine. */
const START_MILLISECONDS = 120_000;

/** The engine's process, or the reason why there is none. */
export type Started = { readonly process: EngineProcess } | { readonly reason: string };

/** A child process that answers one request at a time. */
export class EngineProcess {
  private next = 1;
  private waiting: { settle: (line: string) => void; fail: (error: Error) => void } | undefined;
  private ended: Error | undefined;
  /** The end of its standard error, for the error message. */
  private complaint = '';
  description = '';

  private constructor(
    readonly configuration: Configuration,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { waiting } = this;
      this.waiting = undefined;
      waiting?.settle(line);
    });
    child.stderr.on('data', (data: Buffer) => {
      this.complaint = (this.complaint + data.toString()).slice(-2000);
    });
    child.stdin.on('error', () => {}); // The exit gives a better reason than the broken pipe.
    child.on('error', (error) => this.end(error));
    child.on('close', (code, signal) =>
      this.end(new Error(`it ended with ${signal ?? `code ${code}`}${this.lastWords()}`)),
    );
  }

  /** Starts a configuration's process and waits for its greeting. */
  static async start(
    configuration: Configuration,
    profile?: string,
    instructions?: InstructionSet,
  ): Promise<Started> {
    const { command, args, environment } = launchOf(
      configuration,
      profile,
      undefined,
      undefined,
      instructions,
    );
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: 'pipe' });
    const started = new EngineProcess(configuration, child);
    try {
      const greeting = JSON.parse(await started.line(START_MILLISECONDS)) as Greeting;
      if ('unavailable' in greeting) {
        await started.stop();
        return { reason: greeting.unavailable };
      }
      started.description = greeting.ready;
      return { process: started };
    } catch (error) {
      await started.stop();
      const { code } = error as NodeJS.ErrnoException;
      return { reason: code === 'ENOENT' ? `there is no ${command}` : (error as Error).message };
    }
  }

  /**
   * @throws Error if the engine answers with an error, ends, or takes longer than `milliseconds`. The process
   *   is then killed.
   */
  async ask<Name extends keyof Answers>(
    request: Extract<Request, { command: Name }>,
    milliseconds = 600_000,
  ): Promise<Answers[Name]> {
    const id = this.next++;
    const answer = this.line(milliseconds);
    this.child.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    const parsed = JSON.parse(await answer) as Answers[Name] & { id: number; error?: string };
    if (parsed.error !== undefined) throw new Error(parsed.error);
    if (parsed.id !== id)
      throw new Error(`${labelOf(this.configuration)} answered ${parsed.id} to request ${id}`);
    return parsed;
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 2000);
    await closed;
    clearTimeout(timer);
  }

  private line(milliseconds: number): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      const timer = setTimeout(() => {
        this.child.kill('SIGKILL');
        this.waiting = undefined;
        reject(new EngineTimeout(`no answer within ${Math.round(milliseconds / 1000)} s`));
      }, milliseconds);
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      this.waiting = { settle: done(resolve), fail: done(reject) };
    });
  }

  private end(error: Error): void {
    this.ended ??= error;
    this.waiting?.fail(this.ended);
    this.waiting = undefined;
  }

  private lastWords(): string {
    const line = this.complaint.trim().split('\n').at(-1);
    return line ? `: ${line}` : '';
  }
}

export class EngineTimeout extends Error {}
