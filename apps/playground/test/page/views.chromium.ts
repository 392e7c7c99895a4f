/** Views, downloads and uploads. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createCorpus } from '@unrolled/data';
import { useUnrolledBackend } from '@unrolled/kernels';
import { completeSettings, prepareDataset, savedModel, trainLanguageModel } from '@unrolled/language-model';
import { loadRun, memoryStore } from '@unrolled/runs';
import { decodeCheckpoint } from '@unrolled/training';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { VIEWS } from '../../src/state/address';
import { en } from '../../src/words/en';
import { atRest, download, stepOf, tab, useBrowser, visit } from './browser';

useBrowser();

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The problems that axe finds on the page, a line each. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: tool } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await tool.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
  });
}

/** The number of colours of a canvas, read from a copy: Chromium's console complains of a canvas read twice. */
const coloursOf = (page: Page) =>
  page
    .locator('#panel canvas')
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d')!;
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set<number>();
      for (let at = 0; at < data.length; at += 4)
        seen.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
      return seen.size;
    });

it('every view shows the model, and its pictures are SVG', async () => {
  const { page, complaints, close } = await visit('#text=sentence&beside=rnn&units=12');
  await atRest(page, 300);
  await expect.poll(() => coloursOf(page)).toBeGreaterThan(20);
  await page.getByRole('button', { name: en.timeOn }).first().click();
  expect(await page.locator('.time').first().innerText()).toContain('Time step 2 of 120: reads f');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator('#panel .drawing > button').first().click(),
  ]);
  const svg = readFileSync(await file.path(), 'utf8');
  expect(svg).toMatch(/^<svg xmlns/);
  expect(svg.match(/<rect /g)!.length).toBeGreaterThan(1_000);
  await tab(page, en.views.surprise);
  await expect.poll(() => page.locator('.coloured span').count()).toBe(240);
  await tab(page, en.views.reach);
  await expect.poll(() => page.locator('#panel strong').first().innerText()).toMatch(/^× \d\.\d{3} a step: /);
  await page.locator('.choosable button').nth(30).click();
  await expect.poll(() => page.locator('#panel').innerText()).toContain('at place 31');
  await expect
    .poll(() =>
      page
        .locator('.choosable button')
        .nth(29)
        .evaluate((cell) => getComputedStyle(cell).backgroundColor),
    )
    .not.toBe('rgba(0, 0, 0, 0)');
  await tab(page, en.views.units);
  await expect.poll(() => coloursOf(page)).toBeGreaterThan(20);
  await tab(page, en.views.weights);
  await expect.poll(() => page.locator('.matrix').count()).toBe(10);
  expect(complaints).toEqual([]);
  await close();
});

it('a toy task counts right answers', async () => {
  const { page, complaints, close } = await visit('#text=echo&view=answers');
  await atRest(page, 300);
  await expect.poll(() => page.locator('[data-fact=right]').innerText()).toMatch(/^\d+ of 40 right$/);
  expect(await page.locator('.answers tbody tr').count()).toBe(8);
  expect(complaints).toEqual([]);
  await close();
});

it('prices are forecast beside "tomorrow = today", and a file that is none is refused in words', async () => {
  const { page, complaints, close } = await visit('#view=prices');
  await page.getByText(en.prices.example).click();
  await expect
    .poll(() => page.locator('[data-fact=next]').innerText(), { timeout: 50_000 })
    .toMatch(/^Next: [\d.]+, from/);
  await page
    .getByLabel(en.prices.open)
    .last()
    .setInputFiles({ name: 'no.csv', mimeType: 'text/csv', buffer: Buffer.from('<b>no</b>\nnumbers\n') });
  await expect
    .poll(() => page.locator('#panel [role=status]').innerText())
    .toMatch(/did not work: .*expected/);
  expect(complaints).toEqual([]);
  await close();
});

describe('a checkpoint', () => {
  it('of the page is one of a language model that goes on; ONNX and a program come along', async () => {
    const { page, complaints, close } = await visit('#view=take', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await atRest(page, 300);
    await page.getByRole('button', { name: 'One step', exact: true }).click();
    await atRest(page, 301);
    const bytes = new Uint8Array(await download(page, en.checkpoint));
    const checkpoint = decodeCheckpoint(bytes);
    expect(savedModel('file', 'memory', checkpoint).settings).toMatchObject({ cell: 'lstm', units: 16 });
    const store = memoryStore();
    await store.save('last', checkpoint);
    expect((await loadRun(store))!.snapshot.step).toBe(301);
    expect((await download(page, en.onnx)).length).toBeGreaterThan(5_000);
    await page.getByRole('button', { name: en.program, exact: true }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toContain('trainLanguageModel({');
    expect(await stepOf(page)).toBe(301);
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
    const { page, complaints, close } = await visit(`#${new URLSearchParams({ text: 'own', own: text })}`);
    await page
      .getByLabel(en.openHint)
      .last()
      .setInputFiles({ name: 'last.safetensors', mimeType: '', buffer: Buffer.from(store.bytes('last')!) });
    await page.getByText('Began with the checkpoint last.safetensors.').waitFor();
    await expect.poll(() => stepOf(page)).toBe(30);
    await expect.poll(() => page.locator('.written').first().innerText()).toMatch(/[a-z ]{20}/);
    await page.getByRole('button', { name: '100 steps', exact: true }).click();
    await atRest(page, 130);
    await expect.poll(() => coloursOf(page)).toBeGreaterThan(20);
    expect(complaints).toEqual([]);
    await close();
  });

  it('that is damaged is refused in words, and the page goes on', async () => {
    const { page, close } = await visit();
    await atRest(page, 300);
    const bytes = Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 1, 2, 3, 4]);
    await page
      .getByLabel(en.openHint)
      .last()
      .setInputFiles({ name: 'bad.safetensors', mimeType: '', buffer: bytes });
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
  const choose = (name: string, buffer: Buffer) =>
    page.getByLabel(en.openHint).last().setInputFiles({ name, mimeType: '', buffer });
  await choose('picture.png', Buffer.of(0x89, 0x50, 0x4e, 0x47));
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
  await choose('long.txt', Buffer.from('to be or not '.repeat(20_000)));
  await page.getByText(en.ownBeginning(200_000)).waitFor();
  expect((await page.getByLabel(en.ownText).inputValue()).length).toBe(200_000);
  await page.getByRole('button', { name: en.forget }).click();
  await page.getByText(en.ownEmpty).waitFor();
  expect(complaints).toEqual([]);
  await close();
});

it('after the first load it works offline, and has its threads from a plain file server', async () => {
  const { page, complaints, close } = await visit('', { bare: true, serviceWorkers: 'allow' });
  await atRest(page, 300);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().setOffline(true);
  await page.reload();
  await atRest(page, 300);
  expect(await page.evaluate('crossOriginIsolated')).toBe(true);
  expect(complaints).toEqual([]);
  await close();
});

it('a browser without SIMD is told so', async () => {
  const { page, close } = await visit('', {
    before: async (opening) => {
      await opening.route(/worker-.*\.js$/, async (route) => {
        const response = await route.fetch();
        const body = `WebAssembly.validate = () => false;\n${await response.text()}`;
        await route.fulfill({ response, body });
      });
    },
  });
  await expect.poll(() => page.getByRole('alert').innerText()).toContain('lacks WebAssembly SIMD');
  await close();
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  it('axe finds nothing in any view, in English and Korean, and nothing is wider than the screen', async () => {
    const language = colorScheme === 'light' ? 'en' : 'ko';
    const { page, complaints, close } = await visit(`#text=parity&beside=gru&language=${language}`, {
      colorScheme,
    });
    await expect.poll(() => stepOf(page)).toBe(300);
    expect(await page.evaluate('document.documentElement.lang')).toBe(language);
    const found: string[] = [];
    for (const view of ['answers', ...VIEWS]) {
      await page.locator(`#tab-${view}`).click();
      await page.locator('#panel button, #panel canvas, #panel table').first().waitFor();
      found.push(...(await barriers(page)).map((line) => `${view}: ${line}`));
      for (const width of [360, 820, 2560]) {
        await page.setViewportSize({ width, height: 900 });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (wide > 0) found.push(`${view}: ${wide} pixels wider than ${width}`);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});

it('is used by the keyboard alone', async () => {
  const { page, close } = await visit();
  await atRest(page, 300);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await atRest(page, 301);
  await page.locator('#tab-memory').focus();
  await page.keyboard.press('ArrowRight');
  expect(await page.locator('[role=tab][aria-selected=true]').innerText()).toBe(en.views.surprise);
  await close();
});
