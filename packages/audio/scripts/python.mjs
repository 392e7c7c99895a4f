// A Python process that answers each line of JSON with a line of JSON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/**
 * Starts a script of this folder with a Python that has librosa, torchaudio and SciPy: $PYTHON, or python3.
 */
export function startPython(script, environment = {}) {
  const command = process.env.PYTHON ?? 'python3';
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(command, [file], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const { value, done } = await lines.next();
      if (done)
        throw new Error(
          `${command} ended: set PYTHON=…/python to one with librosa, torchaudio, scipy and soundfile`,
        );
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}
