/** Learning, choosing, and going back. */
import { gzipSync } from 'node:zlib';
import { useUnrolledBackend } from '@unrolled/kernels';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { choiceFor } from '../../src/choice';
import { stateFrom } from '../../src/state/address';
import { prepare } from '../../src/worker/corpus';
import { Lane } from '../../src/worker/lane';
import { atRest, download, stepOf, tab, useBrowser, visit } from './browser';

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
    await page.locator('summary').click();
    expect(await page.locator('details.chip').innerText()).toMatch(
      /1 thread · .*Cross-Origin-Opener-Policy: same-origin/s,
    );
    expect(complaints).toEqual([]);
    await close();
  });

  it('has the losses of Node on the same binary, bit for bit', async () => {
    const { page, close } = await visit('#text=hihello&simd=plain&view=take');
    await atRest(page, 300);
    const csv = (await download(page, 'Losses as CSV')).toString();
    await close();
    await useUnrolledBackend({ executor: 'webassembly', binary: 'plain' });
    const lines: string[] = [];
    const choice = { ...choiceFor('hihello'), simd: 'plain' as const };
    const prepared = await prepare(choice, 'hihello'.repeat(100), undefined);
    await new Promise<void>((resolve) => {
      const lane = new Lane(1, prepared, 0.5, (message) => {
        if (message.kind !== 'progress') return;
        const { steps, train } = message.losses;
        lines.push(...steps.map((step, at) => `${step},${train[at]}`));
        if (message.step < 300) return;
        lane.close();
        resolve();
      });
      lane.gate.open(300);
      void lane.follow();
    });
    expect(csv.trim().split('\n').slice(1)).toEqual(lines);
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
    await page.getByRole('button', { name: '100 steps', exact: true }).click();
    await atRest(page, 100);
    await expect
      .poll(async () => (await page.locator('[data-fact=step]').innerText()).trim())
      .toBe('100 · 100');
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
    await expect.poll(() => page.getByLabel('Units', { exact: true }).inputValue()).toBe('8');
    expect(await page.getByRole('radio', { name: 'GRU' }).isChecked()).toBe(true);
    await type('Units', '9999');
    expect(await page.getByLabel('Units', { exact: true }).inputValue()).toBe('8');
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
    expect(stateFrom(new URL(page.url()).hash).choice.own).toBe(own);
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
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
  const step = await stepOf(page);
  await hide(false);
  await expect.poll(() => stepOf(page)).toBeGreaterThan(step);
  await close();
});

/** Drops a file on the page, as a person does. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([file, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(content)], file));
      return data;
    },
    [name, [...bytes]] as const,
  );
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

it('a text that is dropped is learned, and a checkpoint that is dropped goes on', async () => {
  const { page, complaints, close } = await visit('#view=take');
  await atRest(page, 300);
  const checkpoint = await download(page, 'Checkpoint');
  await drop(page, 'waves.txt', new TextEncoder().encode('the sea, the sea. '.repeat(300)));
  await expect.poll(() => page.getByLabel('Text to learn').inputValue()).toBe('own');
  await page.getByRole('button', { name: '100 steps', exact: true }).click();
  await atRest(page, 100);
  expect(stateFrom(new URL(page.url()).hash).choice.own).toContain('the sea, the sea.');
  await drop(page, 'hihello.safetensors', checkpoint);
  await expect
    .poll(() => page.locator('body').innerText())
    .toContain('Began with the checkpoint hihello.safetensors.');
  expect(complaints).toEqual([]);
  await close();
});
