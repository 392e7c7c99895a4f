import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRunDirectory, openRunDirectory } from '../../src/node';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'unrolled-runs-'));
  vi.spyOn(process, 'cwd').mockReturnValue(place);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(place, { recursive: true, force: true });
});

test('a directory that holds other things is used, one that holds a run is refused', async () => {
  const directory = path.join(place, 'mine');
  await mkdir(directory);
  await writeFile(path.join(directory, 'notes.txt'), 'x');
  const run = await createRunDirectory({ directory, program: 'demo' });
  expect(run.file('best.safetensors')).toBe(path.join(directory, 'best.safetensors'));
  expect(run.store.locationOf('best')).toBe(run.file('best.safetensors'));
  await run.close();

  for (const name of ['last.safetensors', 'loss.svg', 'log.jsonl']) {
    await writeFile(path.join(directory, name), 'x');
    await expect(createRunDirectory({ directory, program: 'demo' })).rejects.toThrow(
      `[unrolled/runs] createRunDirectory: expected a directory without a previous run, got ${directory}, which contains ${name}: choose another directory, or continue the run with openRunDirectory`,
    );
    await rm(path.join(directory, name));
  }
});

test('a file of that name is refused in words', async () => {
  const file = path.join(place, 'file');
  await writeFile(file, 'x');
  await expect(createRunDirectory({ directory: file, program: 'demo' })).rejects.toThrow(
    /expected a directory that can be written at .*file in place of a folder/,
  );
});

test('an unused directory can be removed again, a used one stays', async () => {
  const unused = await createRunDirectory({ directory: path.join(place, 'unused'), program: 'demo' });
  await unused.close();
  const used = await openRunDirectory(path.join(place, 'used'));
  await writeFile(used.file('last.safetensors'), 'x');
  await used.close();
  expect(await readdir(place)).toEqual(['used']);
});

test('a run without a name gets the next number, and two at once do not share one', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => createRunDirectory({ program: 'demo' })));
  const expected = [1, 2, 3].map((number) => path.join('runs', `demo-${number}`));
  expect(runs.map(({ directory }) => directory).sort()).toEqual(expected);
});

test('a program names its own files, and refuses in its own words', async () => {
  const directory = path.join(place, 'model');
  const refuseEarlier = (earlier: string, file: string): never => {
    throw new Error(`${path.basename(earlier)} holds ${file}`);
  };
  const options = { directory, program: 'demo', runFiles: ['model.bin'], refuseEarlier };
  const run = await createRunDirectory(options);
  await run.write('last.safetensors', 'x');
  await run.close();
  await (await createRunDirectory(options)).close();
  expect(await run.write('model.bin', 'x')).toBe(path.join(directory, 'model.bin'));
  await expect(createRunDirectory(options)).rejects.toThrow('model holds model.bin');
});

test('what a killed process left half written is cleared away, and nothing else', async () => {
  const leftovers = [
    '.unrolled-0123456789abcdef.tmp',
    '.last.safetensors.12345678-1234-1234-1234-123456789abc.tmp',
  ];
  for (const name of [...leftovers, '.mine.tmp', 'last.safetensors'])
    await writeFile(path.join(place, name), 'x');
  await (await openRunDirectory(place)).close();
  expect((await readdir(place)).sort()).toEqual(['.mine.tmp', 'last.safetensors']);
});

test('what a process leaves that is killed before its first checkpoint is no run', async () => {
  const directory = path.join(place, 'early');
  await mkdir(directory);
  for (const [name, content] of [
    ['config.json', '{}'],
    ['log.jsonl', ''],
    ['events.out.tfevents.unrolled', 'x'],
    ['.last.safetensors.12345678-1234-1234-1234-123456789abc.tmp', 'half'],
  ] as const)
    await writeFile(path.join(directory, name), content);
  await (await createRunDirectory({ directory, program: 'demo' })).close();
  expect((await readdir(directory)).sort()).toEqual([
    'config.json',
    'events.out.tfevents.unrolled',
    'log.jsonl',
  ]);
});
