/** `char-rnn sample --interactive`: each line is a prime, or a command if it starts with a colon. */

import { createInterface } from 'node:readline';
import { deriveSeed } from '@unrolled/cells';
import { UnrolledError, visible } from '@unrolled/errors';
import { encodeStops, encodeText, startIds, type TrainedModel, writeText } from '@unrolled/language-model';
import { InvalidArgumentError } from 'commander';
import { refuse } from '../refuse';
import { COMMANDS, type SessionSettings, type SettingCommand } from './interactive-settings';
import { createTerminalWriter } from './terminal-writer';

const HELP = `Each line is a prime, which the model continues. An empty line continues the text so far.
:keep on|off                on: each line continues the text so far; off: each line starts from the zero state
:length <count>             :temperature <value>       :seed <number>
:top-k <count>|off          :top-p <value>|off         :min-p <value>|off
:repetition-penalty <value>|off                        :repetition-window <count>|off
:stop <text>|off            ends a text there; \\n is a line end
:settings   :reset (clears the text so far)   :help   :quit
`;

/**
 * Answers the lines of standard input until it ends, or until `:quit`. Ctrl-C stops the text that is being
 * generated.
 */
export async function interact(trained: TrainedModel, settings: SessionSettings): Promise<void> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const lines = createInterface({
    input: process.stdin,
    ...(isTerminal && { output: process.stdout, prompt: '> ' }),
  });
  const session = new Session(trained, settings);
  lines.on('SIGINT', () => session.interrupt() || lines.close());
  const prompt = () => isTerminal && lines.prompt();
  if (isTerminal) process.stdout.write(':help lists the commands, :quit exits\n');
  prompt();
  for await (const line of lines) {
    if (line.trim() === ':quit') break;
    await session.answer(line);
    prompt();
  }
  lines.close();
}

class Session {
  /** The last prime and the text that was generated after it. */
  private text = '';
  /** Whether every line continues the text so far. */
  private keeps = false;
  /** Number of texts since the seed was set. Each text has its own seed; the first uses the given one. */
  private turn = 0;
  private writing: AbortController | undefined;

  constructor(
    private readonly trained: TrainedModel,
    private settings: SessionSettings,
  ) {}

  /** Stops the text that is being generated; returns false if there is none. */
  interrupt(): boolean {
    this.writing?.abort();
    return this.writing !== undefined;
  }

  /** Runs a command or continues a prime. An error is printed, and the session continues. */
  async answer(line: string): Promise<void> {
    try {
      if (line.startsWith(':')) this.obey(line.slice(1));
      else await this.goOn(line);
    } catch (error) {
      if (!(error instanceof UnrolledError)) throw error;
      process.stderr.write(`${visible((error as Error).message)}\n`);
    }
  }

  private obey(line: string): void {
    const [, name = '', value = ''] = /^(\S*)\s*(.*)$/s.exec(line)!;
    const command = COMMANDS.get(name);
    if (command) {
      const settings = { ...this.settings, ...settingOf(name, value, command) };
      encodeStops('--stop', settings.stop, this.trained.vocabulary);
      this.settings = settings;
      if (name === 'seed') this.turn = 0;
    } else if (name === 'keep') this.keeps = switchOf(value);
    else if (name === 'reset') this.text = '';
    else if (name === 'settings') process.stdout.write(`${visible(this.describe())}\n`);
    else if (name === 'help') process.stdout.write(HELP);
    else
      refuse(`:${name}`, {
        expected: 'a known command',
        got: `':${name}'`,
        remedy: 'type :help for a list of the commands',
      });
  }

  private describe(): string {
    const entries = [...COMMANDS].map(([name, { key }]) => {
      const value = this.settings[key];
      const isOff = value === undefined || (Array.isArray(value) && value.length === 0);
      return `${name} ${isOff ? 'off' : JSON.stringify(value)}`;
    });
    return [...entries, `keep ${this.keeps ? 'on' : 'off'}`].join(', ');
  }

  private async goOn(line: string): Promise<void> {
    const { vocabulary } = this.trained;
    encodeText('the prime', line, vocabulary, (warning) => process.stderr.write(`${visible(warning)}\n`));
    let text = (line === '' || this.keeps ? this.text : '') + line;
    const { model, params } = this.trained;
    const { seed, stop, length, temperature, topK, topP, minP } = this.settings;
    const { repetitionPenalty, repetitionWindow } = this.settings;
    const pieces = writeText({
      ...{ model, params, vocabulary, length, temperature, topK, topP, minP },
      ...{ repetitionPenalty, repetitionWindow },
      prime: text === '' ? startIds(vocabulary) : vocabulary.encode(text),
      stopSequences: encodeStops('--stop', stop, vocabulary),
      seed: this.turn === 0 ? seed : deriveSeed(seed, this.turn),
    });
    this.turn += 1;
    const controller = new AbortController();
    this.writing = controller;
    const writer = createTerminalWriter(process.stdout);
    writer.write(line);
    for (const piece of pieces) {
      text += piece;
      writer.write(piece);
      await writer.turn();
      if (controller.signal.aborted) break;
    }
    this.writing = undefined;
    this.text = text;
    writer.write('\n');
    await writer.flush();
  }
}

/** The settings that a command changes. */
function settingOf(
  name: string,
  value: string,
  { key, parse, off }: SettingCommand,
): Partial<SessionSettings> {
  if (value === 'off' && off) return { [key]: off() };
  try {
    return { [key]: parse(value) };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const expected = error.message + (off ? ', or off' : '');
    return refuse(`:${name}`, { expected, got: `'${value}'` }, error);
  }
}

function switchOf(value: string): boolean {
  if (value === 'on' || value === 'off') return value === 'on';
  return refuse(':keep', { expected: 'on or off', got: `'${value}'` });
}
