/**
 * Processes that are killed in the middle of training, and what they leave; `npm run soak:kills` is the
 * long form.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import { wordsText } from '../../../packages/language-model/test/support/texts';
import { bundleCli } from '../scripts/bundle-cli.mjs';
import { train, trainThroughKills } from '../scripts/kill-and-resume.mjs';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();

beforeAll(async () => {
  await writeFile(at('words.txt'), wordsText(600));
  await bundleCli(at('cli.mjs'));
});

test('a run that is killed and resumed ends with the same bytes as one that was left alone', async () => {
  const args = [
    ...[at('words.txt'), '--units', '16', '--dropout', '0.2', '--steps', '120', '--log-every', '1'],
    ...['--checkpoint-every', '7', '--validate-every', '10', '--sample-every', '0', '--sample-length', '10'],
  ];
  await train(at('cli.mjs'), ['train', ...args, '--run-directory', at('whole')]);
  const kills: { step: number; from: number | null }[] = [];
  await trainThroughKills({
    ...{ cli: at('cli.mjs'), args, directory: at('killed'), kills: [3, 20, 41] },
    onKill: (kill) => kills.push(kill),
  });
  expect(kills).toHaveLength(3);
  expect(kills[0]!.from).toBe(0);
  expect(kills[2]!.from).toBeGreaterThan(0);
  for (const name of ['last.safetensors', 'best.safetensors']) {
    expect((await readFile(at('killed', name))).equals(await readFile(at('whole', name))), name).toBe(true);
  }
});
