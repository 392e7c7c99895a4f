import { decodeText } from '@unrolled/data';
import { UnrolledError } from '@unrolled/errors';
import { refuse } from '../refuse';

/**
 * Reads all of standard input, and decodes it strictly.
 *
 * @param scope the option that reads it
 * @param encoding default UTF-8, or UTF-16 if a byte order mark shows it
 * @throws UnrolledError if it is empty or not in its encoding
 */
export async function readStandardInput(scope: string, encoding?: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of process.stdin) pieces.push(piece as Uint8Array);
  const text = decoded(scope, Buffer.concat(pieces), encoding);
  if (text === '') refuse(scope, { expected: 'a text on standard input', got: 'nothing' });
  return text;
}

function decoded(scope: string, bytes: Uint8Array, encoding: string | undefined): string {
  try {
    return decodeText(bytes, encoding).text;
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { expected, got, remedy, code } = error;
    return refuse(
      scope,
      { expected: expected.replace('the bytes', 'standard input'), got, remedy, code },
      error,
    );
  }
}

/**
 * The lines of standard input that are not empty, with their numbers from 1, as they arrive.
 *
 * @throws UnrolledError if there is no such line, or the input is not UTF-8
 */
export async function* standardInputLines(
  scope: string,
): AsyncGenerator<{ readonly number: number; readonly line: string }, void, void> {
  let rest = '';
  let number = 0;
  let isEmpty = true;
  const take = function* (lines: readonly string[]) {
    for (const ended of lines) {
      number += 1;
      const line = ended.endsWith('\r') ? ended.slice(0, -1) : ended;
      if (line === '') continue;
      isEmpty = false;
      yield { number, line };
    }
  };
  for await (const piece of standardInputText(scope)) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop()!;
    yield* take(lines);
  }
  yield* take([rest]);
  if (isEmpty) refuse(scope, { expected: 'a text on standard input', got: 'nothing' });
}

async function* standardInputText(scope: string): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch (error) {
      return refuse(
        scope,
        {
          expected: 'valid UTF-8 on standard input',
          got: 'bytes in another encoding',
          remedy: 'save the text as UTF-8',
        },
        error,
      );
    }
  };
  for await (const piece of process.stdin) yield decode(piece as Uint8Array);
  yield decode();
}
