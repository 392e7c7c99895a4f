/** Texts as other programs and machines write them. */
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { charRnn, lastObject } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const tiny = [
  ...['--backend', 'cpu', '--cell', 'rnn', '--layers', '1', '--units', '4', '--batch-size', '2'],
  ...['--sequence-length', '8', '--steps', '2', '--sample-every', '0', '--sample-length', '5'],
];
let runs = 0;

/** Trains on files, or refuses them; gives the run's directory and all that was said. */
async function train(...args: string[]) {
  runs += 1;
  const directory = at(`run-${runs}`);
  const { code, stdout, stderr } = await charRnn('train', ...tiny, ...args, '--run-directory', directory);
  return { code, directory, said: stdout + stderr };
}
const sample = (directory: string, ...args: string[]) =>
  charRnn('sample', '--checkpoint', directory, '--backend', 'cpu', '--json', '--length', '20', ...args);

const english = 'lamps along the quay went out while boats swung on their ropes.\n'.repeat(8);
const korean = '바다 위로 달이 뜨고 배는 천천히 항구를 떠났다.\n'.repeat(12);

beforeAll(async () => {
  await writeFile(at('english.txt'), english);
  await writeFile(at('nfc.txt'), korean);
  await writeFile(at('nfd.txt'), korean.normalize('NFD'));
});

describe('encodings', () => {
  test('a text in another one is refused with advice that works', async () => {
    await writeFile(
      at('latin1.txt'),
      Buffer.from('l’été à la mer, déjà vu\n'.replace('’', "'").repeat(20), 'latin1'),
    );
    const { code, said } = await train(at('latin1.txt'));
    expect(code).toBe(1);
    const [, advice] = /--encoding ([\w-]+)/.exec(said)!;
    const { code: again, directory } = await train(at('latin1.txt'), '--encoding', advice!);
    expect(again).toBe(0);
    expect(JSON.parse(await readFile(`${directory}/config.json`, 'utf8'))).toMatchObject({
      encoding: advice,
    });
    expect((await sample(directory, '--prime', 'été')).code).toBe(0);
    expect((await charRnn('train', '--resume', directory, '--steps', '3', '--backend', 'cpu')).code).toBe(0);
  });

  test('UTF-16 is read by its mark', async () => {
    await writeFile(at('utf16.txt'), Buffer.from(`\ufeff${korean}`, 'utf16le'));
    const { directory } = await train(at('utf16.txt'));
    expect((await sample(directory, '--prime', '바다')).code).toBe(0);
  });

  test('a model of bytes writes the bytes that it has learned, as they are', async () => {
    // 여름 in CP949: no UTF-8.
    await writeFile(at('cp949.txt'), Buffer.from('bfa9b8a720'.repeat(60), 'hex'));
    const { directory } = await train(
      at('cp949.txt'),
      '--unit',
      'byte',
      '--steps',
      '60',
      '--learning-rate',
      '0.1',
    );
    const written: Buffer[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk, encoding) => {
      written.push(Buffer.from(chunk as string, encoding as BufferEncoding));
      return true;
    });
    try {
      const { sampleTexts } = await import('../src/sample/sample-texts');
      const drawing = { temperature: 0, seed: 1, length: 40, backend: 'cpu' } as const;
      await sampleTexts({ checkpoint: directory, prime: ' ', ...drawing });
    } finally {
      write.mockRestore();
    }
    expect(Buffer.concat(written).toString('hex')).toContain('bfa9b8a7');
  });
});

describe('forms of letters', () => {
  test('decomposed and mixed texts are named, and brought into one form where it is asked for', async () => {
    const decomposed = await train(at('nfd.txt'));
    expect(decomposed.said).toContain('the letters of the text are decomposed (NFD)');
    await writeFile(at('mixed.txt'), korean + korean.normalize('NFD'));
    expect((await train(at('mixed.txt'))).said).toContain('the text mixes composed and decomposed letters');
    const composed = await train(at('mixed.txt'), '--normalize', 'NFC');
    expect(composed.said).not.toMatch(/NFD/);
    expect((await train(at('nfc.txt'))).said).not.toMatch(/NFD/);
    expect((await train(at('english.txt'))).said).not.toMatch(/NFD/);
  });

  test('a prime and a stop in the form that the model has not learned are converted, and said', async () => {
    const { directory } = await train(at('nfd.txt'));
    const { code, stderr } = await sample(directory, '--prime', '바다', '--stop', '달이');
    expect(code).toBe(0);
    expect(stderr).toContain('--prime: converted to NFD');
    expect(stderr).toContain('--stop: converted to NFD');
  });
});

describe('line ends', () => {
  test('CR alone and CR LF are reported', async () => {
    await writeFile(at('cr.txt'), english.replaceAll('\n', '\r'));
    await writeFile(at('crlf.txt'), english.replaceAll('\n', '\r\n'));
    expect((await train(at('cr.txt'))).said).toContain('the lines of the text end with CR only');
    expect((await train(at('crlf.txt'))).said).toContain('the lines of the text end with CR LF');
    expect((await train(at('english.txt'))).said).not.toContain('CR');
  });

  test('a file whose last line continues in the next file is reported', async () => {
    await writeFile(at('open.txt'), `${english}no end`);
    const { said } = await train(at('open.txt'), at('english.txt'));
    expect(said).toContain(
      `${at('open.txt')} has no final line end: its last line continues in ${at('english.txt')}`,
    );
    expect((await train(at('english.txt'), at('open.txt'))).said).not.toContain('line end');
  });

  test('escapes in --stop are read', async () => {
    const { directory } = await train(at('english.txt'));
    const stopped = await sample(directory, '--stop', '\\n', '--prime', 'ropes.', '--length', '200');
    expect(String(lastObject(stopped).text)).not.toContain('\n');
    expect((await sample(directory, '--stop', '\\\\n')).stderr).toContain(
      'use another text: this one would never stop the generation',
    );
  });
});

describe('--init-from', () => {
  test('on a text with fewer characters works', async () => {
    const { directory } = await train(at('english.txt'));
    await writeFile(at('fewer.txt'), 'the boats went out along the quay.\n'.repeat(10));
    expect(await train(at('fewer.txt'), '--init-from', directory)).toMatchObject({ code: 0 });
  });

  test('on one with more names the option that adds them, which keeps what was learned', async () => {
    const { directory } = await train(at('english.txt'), '--embedding', '3');
    await writeFile(at('more.txt'), english.replaceAll('quay', 'QUAY!'));
    const refused = await train(at('more.txt'), '--init-from', directory);
    expect(refused.said).toMatch(
      /got 5 characters that the model has not seen, .*: set --grow-vocabulary to add them/,
    );
    const options = [
      '--init-from',
      directory,
      '--grow-vocabulary',
      '--steps',
      '1',
      '--learning-rate',
      '1e-30',
    ];
    const grown = await train(at('more.txt'), ...options);
    expect(grown.said).toContain("added to the model's");
    // The old characters' scores are what they were: no step has moved them, and the new ones add little.
    const scoreOf = async (checkpoint: string) => {
      const args = ['--checkpoint', checkpoint, '--backend', 'cpu', '--json', '--text', 'the boats'];
      return (lastObject(await charRnn('score', ...args)).total as { logProbability: number }).logProbability;
    };
    const scores = [await scoreOf(directory), await scoreOf(grown.directory)];
    expect(Math.abs(scores[0]! - scores[1]!)).toBeLessThan(3);
    expect((await sample(grown.directory, '--prime', 'QUAY!')).code).toBe(0);
    expect(
      (await charRnn('train', '--resume', grown.directory, '--steps', '2', '--backend', 'cpu')).code,
    ).toBe(0);
  });
});
