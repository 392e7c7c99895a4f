/** Learning, choosing, and going back. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { useUnrolledBackend } from '@unrolled/kernels';
import { describe, expect, it } from 'vitest';
import { choiceFor } from '../../src/choice';
import { stateFrom } from '../../src/state/address';
import { TASKS } from '../../src/texts/tasks';
import { textOf } from '../../src/texts/texts';
import { en } from '../../src/words/en';
import { prepare } from '../../src/worker/corpus';
import { Lane } from '../../src/worker/lane';
import {
  atRest,
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

describe('hihello', () => {
  it('is learned on load, with the threads of an isolated page, within the weight', async () => {
    const bodies: Promise<Buffer>[] = [];
    const { page, complaints, close } = await visit('', {
      before: async (opening) => {
        opening.on('response', (response) => void bodies.push(response.body().catch(() => Buffer.alloc(0))));
      },
    });
    await atRest(page, 300);
    expect(await page.locator('.written').first().innerText()).toContain('hihellohihello');
    expect(Number(await page.locator('[data-fact=loss]').innerText())).toBeLessThan(0.05);
    expect(await page.locator('.chip').innerText()).toMatch(/^\d+ threads? · (relaxed )?SIMD$/);
    const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body, { level: 9 }).length);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThan(300_000);
    expect(complaints).toEqual([]);
    await close();
  });

  it('is learned without the headers on one thread, and the page says how to get more', async () => {
    const { page, complaints, close } = await visit('', { bare: true });
    await atRest(page, 300);
    await page.locator('.chip summary').click();
    expect(await page.locator('details.chip').innerText()).toMatch(
      /1 thread · .*Cross-Origin-Opener-Policy: same-origin/s,
    );
    expect(complaints).toEqual([]);
    await close();
  });
});

/** The losses of a run in this process, on the page's binary. */
async function lossesInNode(address: string): Promise<string[]> {
  const { choice, steps } = stateFrom(address);
  await useUnrolledBackend({ executor: 'webassembly', binary: 'plain' });
  const prepared = await prepare(choice, await textOf(choice.text, choice.own), undefined);
  const lines: string[] = [];
  await new Promise<void>((resolve) => {
    const lane = new Lane(1, prepared, choice.temperature, (message) => {
      if (message.kind !== 'progress') return;
      const { steps: told, train } = message.losses;
      lines.push(...told.map((step, at) => `${step},${train[at]}`));
      if (message.step < steps) return;
      lane.close();
      resolve();
    });
    lane.gate.open(steps);
    void lane.follow();
  });
  return lines;
}

describe('losses are those of Node on the same binary, bit for bit:', () => {
  it.each([
    ['an LSTM on one thread', '#text=hihello&steps=300', { bare: true }],
    ['two layers of an LSTM on threads', '#text=sentence&layers=2&units=40&steps=60', {}],
    ['a GRU', '#text=echo&cell=gru&optimizer=rmsprop&steps=60', {}],
    [
      'an RNN on a text of their own',
      '#text=own&own=To+be+or+not+to+be.&cell=rnn&optimizer=sgd&steps=60',
      {},
    ],
  ])('%s', async (_, hash, options) => {
    const address = `${hash}&simd=plain&view=take`;
    const { page, complaints, close } = await visit(address, options);
    await atRest(page, stateFrom(address).steps);
    const losses = await lossesOf(page);
    await close();
    expect(losses.length).toBe(stateFrom(address).steps);
    expect(losses).toEqual(await lossesInNode(address));
    expect(complaints).toEqual([]);
  });
});

describe.each(MODES)('%s', (_, options) => {
  it.each(['sentence', 'moby', ...TASKS])('%s is learned: its loss falls', async (text) => {
    const { page, complaints, close } = await visit(`#text=${text}&steps=40&view=take`, options);
    await atRest(page, 40);
    const losses = (await lossesOf(page)).map((line) => Number(line.split(',')[1]));
    const mean = (from: number, to: number) => losses.slice(from, to).reduce((a, b) => a + b) / (to - from);
    expect(mean(30, 40)).toBeLessThan(0.9 * mean(0, 5));
    await expect.poll(() => coloursOf(page, '.learning canvas')).toBeGreaterThan(5);
    await expect.poll(() => page.locator('.written').first().innerText()).toMatch(/\S{3}/);
    expect(complaints).toEqual([]);
    await close();
  });

  it('two models learn the same text from the same seed, side by side, each as if alone', async () => {
    const both = await visit('#text=hihello&beside=rnn&view=take', options);
    await atRest(both.page, 300);
    await expect.poll(() => both.page.locator('[data-fact=step]').innerText()).toBe('300 · 300');
    expect(await both.page.locator('.samples h3').allInnerTexts()).toEqual(['LSTM', 'RNN']);
    const [file] = await Promise.all([
      both.page.waitForEvent('download'),
      both.page.getByRole('button', { name: en.csv, exact: true }).last().click(),
    ]);
    const beside = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\n')
      .slice(1);
    const alone = await visit('#text=hihello&cell=rnn&view=take', options);
    await atRest(alone.page, 300);
    expect(beside).toEqual(await lossesOf(alone.page));
    expect([...both.complaints, ...alone.complaints]).toEqual([]);
    await both.close();
    await alone.close();
  });
});

describe('a person', () => {
  it('starts, pauses, takes single steps, and restarts', async () => {
    const { page, complaints, close } = await visit();
    await atRest(page, 300);
    const button = (name: string) => page.getByRole('button', { name, exact: true });
    await button('One step').click();
    await atRest(page, 301);
    await button('100 steps').click();
    await atRest(page, 401);
    await button('Start').click();
    await expect.poll(() => stepOf(page)).toBeGreaterThan(450);
    await button('Pause').click();
    await button('Start').waitFor();
    await button('Reset').click();
    await atRest(page, 0);
    expect(complaints).toEqual([]);
    await close();
  });

  it('goes back to a checkpoint, sees it, and goes on from there with the same losses', async () => {
    const { page, complaints, close } = await visit('#text=hihello&view=take');
    await atRest(page, 300);
    const before = (await download(page, 'Losses as CSV')).toString();
    const slider = page.getByRole('slider', { name: 'Go back through the run' });
    await slider.focus();
    for (let back = 0; back < 6; back++) await slider.press('ArrowLeft');
    const seen = await slider.getAttribute('aria-valuetext');
    expect(seen).toMatch(/^The model after step \d+$/);
    const step = Number(seen!.replaceAll(/\D/g, ''));
    await expect.poll(() => page.locator('.when').first().innerText()).toBe(`step ${step}`);
    await page.getByRole('button', { name: 'Go on from here' }).click();
    await atRest(page, step);
    await page.getByRole('button', { name: '100 steps', exact: true }).click();
    await atRest(page, step + 100);
    const after = (await download(page, 'Losses as CSV')).toString();
    const same = Math.min(300, step + 100);
    expect(after.split('\n').slice(0, same + 1)).toEqual(before.split('\n').slice(0, same + 1));
    expect(complaints).toEqual([]);
    await close();
  });

  it('chooses everything, and the address brings it back', async () => {
    const { page, complaints, close } = await visit();
    await page.getByRole('radio', { name: 'GRU' }).check();
    await page.getByLabel('Beside it').selectOption('rnn');
    const type = async (label: string, value: string) => {
      await page.getByLabel(label, { exact: true }).fill(value);
      await page.keyboard.press('Enter');
    };
    for (const [label, value] of [
      ['Layers', '2'],
      ['Units', '8'],
      ['Unrolling', '9'],
      ['Rows', '3'],
      ['Learning rate', '0.02'],
      ['Clipping', '2'],
      ['Seed', '5'],
    ] as const)
      await type(label, value);
    await page.getByLabel('Optimizer').selectOption('rmsprop');
    await page.getByRole('slider', { name: 'Temperature' }).fill('0.8');
    await press(page, '100 steps');
    await atRest(page, 100);
    await expect
      .poll(async () => (await page.locator('[data-fact=step]').innerText()).trim())
      .toBe('100 · 100');
    await expect.poll(() => stateFrom(new URL(page.url()).hash).steps).toBe(100);
    const { choice } = stateFrom(new URL(page.url()).hash);
    expect(choice).toEqual({
      ...choiceFor('hihello'),
      ...{
        cell: 'gru',
        beside: 'rnn',
        layers: 2,
        units: 8,
        unroll: 9,
        batch: 3,
        rate: 0.02,
        clip: 2,
        seed: 5,
      },
      ...{ optimizer: 'rmsprop', temperature: 0.8 },
    });
    await page.reload();
    await atRest(page, 100);
    expect(await page.getByLabel('Units', { exact: true }).inputValue()).toBe('8');
    expect(await page.getByRole('radio', { name: 'GRU' }).isChecked()).toBe(true);
    await type('Units', '9999');
    expect(await page.getByLabel('Units', { exact: true }).inputValue()).toBe('8');
    expect(complaints).toEqual([]);
    await close();
  });

  it('sees the same again by the address: the view, its gate, layer and time step, and the checkpoint', async () => {
    const { page, complaints, close } = await visit('#text=hihello&layers=2&steps=80');
    await atRest(page, 80);
    await page.getByLabel(en.layer, { exact: true }).selectOption('1');
    await page.getByLabel(en.show, { exact: true }).selectOption('c');
    for (let on = 0; on < 3; on++) await press(page, en.timeOn);
    await page.getByLabel(en.logScale).check();
    const slider = page.getByRole('slider', { name: en.past });
    await slider.focus();
    for (let back = 0; back < 3; back++) await slider.press('ArrowLeft');
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe(en.pastAt(60));
    await expect.poll(() => stateFrom(new URL(page.url()).hash).past).toBe(60);
    await page.reload();
    await atRest(page, 80);
    await expect.poll(() => slider.getAttribute('aria-valuetext')).toBe(en.pastAt(60));
    await expect.poll(() => page.locator('.time').innerText()).toContain('Time step 4 of 28');
    expect(await page.getByLabel(en.layer, { exact: true }).inputValue()).toBe('1');
    expect(await page.getByLabel(en.show, { exact: true }).inputValue()).toBe('c');
    expect(await page.getByLabel(en.logScale).isChecked()).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  it('opens another address in the same page, which says how many steps are taken', async () => {
    const { page, complaints, close } = await visit('#text=hihello&steps=50');
    await atRest(page, 50);
    await page.evaluate(() => {
      location.hash = '#text=hihello&seed=8';
    });
    await atRest(page, 300);
    await page.waitForTimeout(600);
    expect(stateFrom(new URL(page.url()).hash)).toMatchObject({ steps: 300, choice: { seed: 8 } });
    expect(complaints).toEqual([]);
    await close();
  });

  it('learns a text of their own, which is never taken for markup', async () => {
    const { page, complaints, close } = await visit();
    await page.getByLabel('Text to learn').selectOption('own');
    const own = '<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script> &amp; ';
    await page.getByLabel('Your text').fill(own);
    await expect
      .poll(() => page.getByRole('button', { name: '100 steps', exact: true }).isEnabled())
      .toBe(true);
    await page.getByRole('button', { name: '100 steps', exact: true }).click();
    await atRest(page, 100);
    await tab(page, 'Surprise');
    await expect.poll(() => page.locator('.coloured').innerText()).toContain('<script>');
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    await expect.poll(() => stateFrom(new URL(page.url()).hash).choice.own).toBe(own);
    expect(complaints).toEqual([]);
    await close();
  });
});

it('pauses while it is hidden', async () => {
  const { page, close } = await visit();
  await atRest(page, 300);
  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await expect.poll(() => stepOf(page)).toBeGreaterThan(320);
  await hide(true);
  await page.waitForTimeout(300);
  const step = await stepOf(page);
  await page.waitForTimeout(500);
  expect(await stepOf(page)).toBe(step);
  await hide(false);
  await expect.poll(() => stepOf(page)).toBeGreaterThan(step);
  await close();
});

it('a text that is dropped is learned, and a checkpoint that is dropped goes on', async () => {
  const { page, complaints, close } = await visit('#view=take');
  await atRest(page, 300);
  const checkpoint = await download(page, 'Checkpoint');
  await drop(page, 'waves.txt', new TextEncoder().encode('the sea, the sea. '.repeat(300)));
  await expect.poll(() => page.getByLabel('Text to learn').inputValue()).toBe('own');
  await page.getByRole('button', { name: '100 steps', exact: true }).click();
  await atRest(page, 100);
  await expect.poll(() => stateFrom(new URL(page.url()).hash).choice.own).toContain('the sea, the sea.');
  await drop(page, 'hihello.safetensors', checkpoint);
  await expect
    .poll(() => page.locator('body').innerText())
    .toContain('Began with the checkpoint hihello.safetensors.');
  expect(complaints).toEqual([]);
  await close();
});
