/** A run's directory as other processes and crashes leave it. */
import { spawn } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { beforeAll, expect, test } from 'vitest';
import { beginningOf } from '../../../packages/runs/src/node/process-life';
import { charRnn } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const tiny = [
  ...['--backend', 'cpu', '--cell', 'rnn', '--layers', '1', '--units', '4', '--log-every', '1'],
  ...['--sample-every', '0', '--sample-length', '5'],
];
const train = (name: string, steps: number, ...args: string[]) =>
  charRnn('train', at('text.txt'), '--run-directory', at(name), '--steps', String(steps), ...tiny, ...args);
const resume = (name: string, steps: number) =>
  charRnn('train', '--resume', at(name), '--steps', String(steps), '--backend', 'cpu');

beforeAll(() => writeFile(at('text.txt'), 'the whale swam and the ship sank. '.repeat(20)));

test('a directory killed before its first checkpoint is new, and --resume says so', async () => {
  await mkdir(at('early'));
  await writeFile(at('early', 'config.json'), '{}');
  await writeFile(at('early', 'log.jsonl'), '');
  await writeFile(at('early', '.unrolled-0123456789abcdef.tmp'), 'half');
  expect((await resume('early', 1)).stderr).toContain(
    `got a run that was stopped before its first checkpoint: start it again with its original options and --run-directory ${at('early')}`,
  );
  expect((await train('early', 1)).code).toBe(0);
  expect(await readdir(at('early'))).not.toContain('.unrolled-0123456789abcdef.tmp');
  expect((await train('early', 1)).stderr).toContain('which contains best.safetensors');
});

test('a directory in which another process works is refused, and goes on when that is dead', async () => {
  await train('shared', 2);
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const ended = new Promise((resolve) => other.once('exit', resolve));
  try {
    const owner = { pid: other.pid, began: beginningOf(other.pid!), host: hostname() };
    await writeFile(at('shared', 'run.lock'), JSON.stringify(owner));
    const before = await readFile(at('shared', 'log.jsonl'), 'utf8');
    const { code, stderr } = await resume('shared', 4);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\[unrolled\/runs] run directory: .* got process \d+: wait until it ends, .*\n$/);
    expect(await readFile(at('shared', 'log.jsonl'), 'utf8')).toBe(before);
  } finally {
    other.kill('SIGKILL');
    await ended;
  }
  expect((await resume('shared', 4)).code).toBe(0);
  expect(await readdir(at('shared'))).not.toContain('run.lock');
});

test('damaged lines of the log are cut, reported, and written again', async () => {
  await train('log', 3);
  await appendFile(at('log', 'log.jsonl'), 'null\n{"step":');
  const { code, stderr } = await resume('log', 5);
  expect(code).toBe(0);
  expect(stderr).toContain('log.jsonl: 1 damaged line was removed');
  const lines = (await readFile(at('log', 'log.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).step)).toEqual([1, 2, 3, 4, 5]);
});

test.each([
  ['--units', '200000'],
  ['--layers', '1e6'],
  ['--embedding', '1e9'],
])('%s %s is refused before anything is written', async (...size) => {
  const { code, stderr } = await train('never', 1, ...size);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^\[unrolled\/training] training: expected sizes that fit into .*: reduce --units, --layers, --batch-size or --sequence-length\n$/,
  );
  expect(await readdir(at())).not.toContain('never');
});

test('samples go raw to a file and visible to a terminal', async () => {
  const { forStream } = await import('../src/sample/terminal-writer');
  const text = 'a\u001b[31mb\u202e\r\nc\rd\t';
  expect(forStream(text, {})).toBe(text);
  expect(forStream(text, { isTTY: true })).toBe('a\\u001b[31mb\\u202e\r\nc\\u000dd\t');
});
