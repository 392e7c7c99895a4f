/** Built command lines, each in a process of its own, as a user has it. */
import { spawn } from 'node:child_process';

/** Sees what a command says, and can end it as Ctrl-C does. */
export type OnWords = (interrupt: () => void, text: string) => void;

/** Runs Node with these words in a folder. */
export function runCommand(
  words: readonly string[],
  cwd: string,
  onWords?: OnWords,
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      said += text;
      onWords?.(() => child.kill('SIGINT'), String(text));
    });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}
