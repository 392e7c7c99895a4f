/** Files: what the page gives, and what it opens. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCorpus } from '@unrolled/data';
import { useUnrolledBackend } from '@unrolled/kernels';
import { completeSettings, prepareDataset, trainLanguageModel } from '@unrolled/language-model';
import { memoryStore } from '@unrolled/runs';
import type { Page } from 'playwright';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { charRnn } from '../../../char-rnn/test/support/run-cli';
import { en } from '../../src/words/en';
import {
  atRest,
  choose,
  coloursOf,
  download,
  drop,
  lossesOf,
  MODES,
  press,
  stepOf,
  tab,
  useBrowser,
  visit,
} from './browser';

useBrowser();

describe.each(MODES)('%s a checkpoint', (_, options) => {
  it('of the page goes on in char-rnn', async () => {
    const { page, complaints, close } = await visit('#view=take&simd=plain', options);
    await atRest(page, 300);
    await page.getByRole('button', { name: 'One step', exact: true }).click();
    await atRest(page, 301);
    const bytes = new Uint8Array(await download(page, en.checkpoint));
    const text = (await download(page, en.learned)).toString();
    expect(text).toBe('hihello'.repeat(100));
    await press(page, '100 steps');
    await atRest(page, 401);
    const losses = await lossesOf(page);
    const folder = mkdtempSync(path.join(tmpdir(), 'unrolled-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const at = (name: string) => path.join(folder, name);
    mkdirSync(at('run'));
    writeFileSync(at('run/last.safetensors'), bytes);
    writeFileSync(at('text.txt'), text);
    const written = await charRnn(
      'sample',
      '--checkpoint',
      at('run/last.safetensors'),
      '--length',
      '40',
      '--temperature',
      '0',
    );
    expect(written).toMatchObject({
      stderr: expect.not.stringContaining('[unrolled'),
      code: 0,
      stdout: expect.stringContaining('hihellohihello'),
    });
    const trained = await charRnn('train', at('text.txt'), '--resume', at('run'), '--steps', '340', '--json');
    expect(trained.stderr).not.toMatch(/\[unrolled.*/);
    expect(trained).toMatchObject({ code: 0, stderr: expect.stringContaining('continuing after step 301') });
    const records = readFileSync(at('run/log.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { step: number; trainLoss: number });
    expect(records.map(({ step }) => step)).toEqual([310, 320, 330, 340]);
    // A record is the mean of ten steps; char-rnn computes by other instructions.
    for (const { step, trainLoss } of records) {
      const ten = losses.slice(step - 10, step).map((line) => Number(line.split(',')[1]));
      expect(trainLoss / (ten.reduce((a, b) => a + b) / 10)).toBeCloseTo(1, 2);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  it('of char-rnn is opened, sampled, inspected and trained on', async () => {
    await useUnrolledBackend({ executor: 'webassembly' });
    const text = 'the whale swam and the ship sank. '.repeat(130);
    const corpus = createCorpus(text);
    const settings = completeSettings(
      { layers: 2, units: 10, embedding: 4, dropout: 0.1, steps: 30 },
      corpus,
    );
    const store = memoryStore();
    await trainLanguageModel({ dataset: prepareDataset(corpus, settings), settings, store });
    const { page, complaints, close } = await visit(
      `#${new URLSearchParams({ text: 'own', own: text })}`,
      options,
    );
    const name = '<img src=x onerror=hacked=1>.safetensors';
    await drop(page, name, store.bytes('last')!);
    await page.getByText(`Began with the checkpoint ${name}. Its run goes on.`).waitFor();
    await expect.poll(() => stepOf(page)).toBe(30);
    await expect.poll(() => page.locator('.written').first().innerText()).toMatch(/[a-z ]{20}/);
    await page.getByRole('button', { name: '100 steps', exact: true }).click();
    await atRest(page, 130);
    await expect.poll(() => coloursOf(page)).toBeGreaterThan(20);
    expect(await page.getByLabel(en.layer, { exact: true }).locator('option').count()).toBe(2);
    await tab(page, en.views.surprise);
    await page.getByLabel(en.lookedText).fill('the ship');
    await expect.poll(() => page.locator('.coloured span').count()).toBe(8);
    await expect.poll(() => page.locator('#panel strong').innerText()).toMatch(/^[\d.]+ bits per character/);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(complaints).toEqual([]);
    await close();
  });

  it('that is damaged is refused in words, and the page goes on', async () => {
    const { page, close } = await visit('', options);
    await atRest(page, 300);
    const bytes = Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 1, 2, 3, 4]);
    await choose(page, 'bad.safetensors', bytes);
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('did not work');
    await page.getByRole('button', { name: en.forget }).click();
    await page.getByRole('button', { name: '100 steps', exact: true }).click();
    await atRest(page, 100);
    await close();
  });
});

it('a file that is no text, and a folder, are refused in words; of a very long text the beginning is shown', async () => {
  const { page, complaints, close } = await visit();
  await atRest(page, 300);
  await choose(page, 'picture.png', Buffer.of(0x89, 0x50, 0x4e, 0x47));
  await page.getByText(en.noText('picture.png')).waitFor();
  await page.evaluate(() => {
    const folder = { name: 'folder', size: 4096, arrayBuffer: () => Promise.reject(new Error('NotFound')) };
    const drop = Object.assign(new Event('drop', { cancelable: true }), {
      dataTransfer: { files: [folder] },
    });
    dispatchEvent(drop);
  });
  await page.getByText(en.unreadable('folder')).waitFor();
  expect(await stepOf(page)).toBe(300);
  await choose(page, 'long.txt', Buffer.from('to be or not '.repeat(20_000)));
  await page.getByText(en.ownBeginning(200_000)).waitFor();
  expect((await page.getByLabel(en.ownText).inputValue()).length).toBe(200_000);
  await page.getByRole('button', { name: en.forget }).click();
  await page.getByText(en.ownEmpty).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

/** What a button copies. */
async function copied(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByText(en.copied, { exact: true }).waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}
const permissions = { permissions: ['clipboard-read', 'clipboard-write'] };

it('the program to copy trains the same model, to the last bit of each loss', async () => {
  const { page, complaints, close } = await visit('#text=echo&steps=25&simd=plain&view=take', permissions);
  await atRest(page, 25);
  const program = await copied(page, en.program);
  const losses = await lossesOf(page);
  const folder = path.join(import.meta.dirname, '.program');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'text.txt'), await download(page, en.learned));
  // The page's binary; it reads its text from the folder that it is in.
  const own = program
    .replace('useUnrolledBackend()', "useUnrolledBackend({ executor: 'webassembly', binary: 'plain' })")
    .replace("'text.txt'", JSON.stringify(path.join(folder, 'text.txt')));
  writeFileSync(path.join(folder, 'program.ts'), own);
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line));
  await import(/* @vite-ignore */ path.join(folder, 'program.ts'));
  log.mockRestore();
  rmSync(folder, { recursive: true });
  expect(printed.slice(0, -1)).toEqual(losses.map((line) => `step ${line.replace(',', ': ')}`));
  expect(complaints).toEqual([]);
  await close();
});

it('the address is copied whole', async () => {
  const { page, close } = await visit('#text=own&own=a+b&view=take', permissions);
  await page.getByRole('slider', { name: en.temperature }).fill('0.85');
  expect(await copied(page, en.address)).toMatch(/#text=own&own=a\+b&temperature=0\.85&.*view=take$/);
  await close();
});

interface Onnx {
  readonly InferenceSession: {
    create(bytes: Uint8Array): Promise<{
      readonly inputNames: readonly string[];
      readonly inputMetadata: readonly {
        readonly type: string;
        readonly shape: readonly (number | string)[];
      }[];
      run(feeds: object): Promise<Record<string, { readonly data: Float32Array }>>;
    }>;
  };
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => unknown;
}

it('ONNX gives the probabilities that the page shows', async () => {
  const { page, complaints, close } = await visit('#view=take');
  await atRest(page, 300);
  const bytes = await download(page, en.onnx);
  const { InferenceSession, Tensor } = createRequire(path.resolve('packages/interop/package.json'))(
    'onnxruntime-node',
  ) as Onnx;
  const session = await InferenceSession.create(bytes);
  const feeds = Object.fromEntries(
    session.inputNames.map((name, at) => {
      const { type, shape } = session.inputMetadata[at]!;
      const size = shape.map((extent) => (typeof extent === 'number' ? extent : 1));
      // The id of h, the second of the five characters, after a state of zeros.
      const zeros = new Float32Array(size.reduce((a, b) => a * b, 1));
      return [name, type === 'float32' ? new Tensor(type, zeros, size) : new Tensor(type, idOf(type), size)];
    }),
  );
  const { data } = Object.values(await session.run(feeds)).find(({ data: all }) => all.length === 5)!;
  const powers = Array.from(data, Math.exp);
  const most = Math.max(...powers) / powers.reduce((a, b) => a + b);
  await tab(page, en.views.memory);
  const shown = () => page.locator('.bars span').first().innerText();
  await expect.poll(shown).toBe(`${(100 * most).toFixed(1)} %`);
  expect(complaints).toEqual([]);
  await close();
});

const idOf = (type: string) => (type === 'int64' ? BigInt64Array.of(1n) : Int32Array.of(1));
