/** The views of the models, prices, and what a page owes to everyone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { VIEWS } from '../../src/state/address';
import { madeUpPrices } from '../../src/texts/made-up-prices';
import { TASKS } from '../../src/texts/tasks';
import { en } from '../../src/words/en';
import { atRest, coloursOf, drop, MODES, press, stepOf, tab, useBrowser, type Visit, visit } from './browser';

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

/** The SVG file that the first button of a place gives. */
async function svgOf(page: Page, place: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`${place} button:has-text("SVG")`).first().click(),
  ]);
  const svg = readFileSync(await file.path(), 'utf8');
  expect(file.suggestedFilename()).toMatch(/^[\w.-]+\.svg$/);
  expect(svg).toMatch(
    /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 [\d.]+ [\d.]+".*<\/svg>\n$/s,
  );
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  return svg;
}

const background = (page: Page, selector: string) =>
  page.locator(selector).evaluate((element) => getComputedStyle(element).backgroundColor);

describe.each(MODES)('%s every view shows both models, live, and its pictures are SVG:', (_, options) => {
  /** Opens a view of two models in training. */
  async function watching(view: string) {
    const visited = await visit(`#text=sentence&beside=rnn&units=12&view=${view}`, options);
    await atRest(visited.page, 300);
    await press(visited.page, en.start);
    return visited;
  }
  /** What a place shows changes while the models train. */
  async function isLive(page: Page, of: () => Promise<string>): Promise<void> {
    const before = await of();
    await expect.poll(of, { timeout: 15_000 }).not.toBe(before);
    await press(page, en.pause);
  }
  const pixelsOf = (page: Page, canvas: string) => async () =>
    page
      .locator(canvas)
      .first()
      .evaluate((shown: HTMLCanvasElement) => shown.toDataURL());
  const isQuiet = async ({ complaints, close }: Visit) => {
    expect(complaints).toEqual([]);
    await close();
  };

  it('the loss with its validations and the bigram line', async () => {
    const visited = await watching('take');
    const { page } = visited;
    await isLive(page, pixelsOf(page, '.learning canvas'));
    const label = () => page.locator('.learning canvas').getAttribute('aria-label');
    await expect.poll(label).toMatch(/LSTM: Loss [\d.e-]+ nats .* bigram baseline has [\d.]+\. RNN: Loss/);
    const svg = await svgOf(page, '.learning');
    expect(svg.match(/<circle /g)!.length).toBeGreaterThan(10);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    await isQuiet(visited);
  });

  it('samples', async () => {
    const visited = await watching('take');
    const { page } = visited;
    await isLive(page, () => page.locator('.sample-list').last().innerText());
    expect(await page.locator('.sample-list').count()).toBe(2);
    expect((await page.locator('.written').first().innerText()).length).toBeGreaterThan(90);
    await isQuiet(visited);
  });

  it('gates and states, with each time step', async () => {
    const visited = await watching('memory');
    const { page } = visited;
    await isLive(page, pixelsOf(page, '#panel canvas'));
    await expect.poll(() => coloursOf(page)).toBeGreaterThan(20);
    await page.getByRole('button', { name: en.timeOn }).first().click();
    expect(await page.locator('.time').first().innerText()).toContain('Time step 2 of 120: reads f');
    const shares = await page.locator('.bars').first().locator('span').allInnerTexts();
    expect(shares.map((share) => Number.parseFloat(share)).reduce((a, b) => a + b)).toBeGreaterThan(20);
    const svg = await svgOf(page, '#panel');
    // Six gates and states of 12 units over 120 time steps.
    expect(svg.match(/M[\d.]+ [\d.]+h[\d.]+v/g)).toHaveLength(6 * 12 * 120);
    expect(await page.locator('#panel canvas').count()).toBe(2);
    await isQuiet(visited);
  });

  it('the surprise of each character', async () => {
    const visited = await watching('surprise');
    const { page } = visited;
    await isLive(page, () => page.locator('#panel strong').first().innerText());
    await expect.poll(() => page.locator('.coloured span').count()).toBe(240);
    expect(await page.locator('.coloured span').nth(5).getAttribute('title')).toMatch(
      /bits, predicted with [\d.e-]+ %$/,
    );
    expect(await svgOf(page, '#panel')).toContain('<text ');
    await isQuiet(visited);
  });

  it('the reach of the gradient, and for one character its colour on all before', async () => {
    const visited = await watching('reach');
    const { page } = visited;
    await isLive(page, pixelsOf(page, '#panel canvas'));
    await expect
      .poll(() => page.locator('#panel strong').first().innerText())
      .toMatch(/^× \d\.\d{3} per step: /);
    await svgOf(page, '#panel');
    await page.locator('.choosable button').nth(30).click();
    await expect.poll(() => page.locator('#panel').innerText()).toContain('at position 31');
    await expect
      .poll(() => background(page, '.choosable >> nth=0 >> button >> nth=29'))
      .not.toBe('rgba(0, 0, 0, 0)');
    await expect
      .poll(() => background(page, '.choosable >> nth=0 >> button >> nth=40'))
      .toBe('rgba(0, 0, 0, 0)');
    await svgOf(page, '#panel section');
    await isQuiet(visited);
  });

  it('the units that are active like a selected range, and where else they are', async () => {
    const visited = await watching('units');
    const { page } = visited;
    await isLive(page, pixelsOf(page, '#panel canvas'));
    await page
      .getByLabel(/^From:/)
      .first()
      .fill('10');
    await page.getByLabel(/^To:/).first().fill('10');
    expect(await page.getByLabel(/^From: 11,/).count()).toBe(2);
    const rows = page.locator('#panel table').first().locator('tbody tr');
    const means = (await rows.allInnerTexts()).map((row) => row.split(/\s+/).map(Number));
    expect(means).toHaveLength(8);
    const gains = means.map(([, inside, outside]) => inside! - outside!);
    expect(gains[0]).toBeGreaterThan(0);
    expect(gains[0]).toBeGreaterThanOrEqual(gains.at(-1)!);
    await svgOf(page, '#panel');
    await isQuiet(visited);
  });

  it('the weights', async () => {
    const visited = await watching('weights');
    const { page } = visited;
    await isLive(page, pixelsOf(page, '.matrix canvas'));
    await expect.poll(() => page.locator('.matrix').count()).toBe(10);
    expect(await page.locator('.matrix h3').first().innerText()).toContain('0.kernel [25 × 48]');
    expect((await svgOf(page, '.matrix')).match(/M[\d.]+ [\d.]+h/g)).toHaveLength(25 * 48);
    await isQuiet(visited);
  });
});

it.each(TASKS)('the right answers of the task %s are counted', async (task) => {
  const { page, complaints, close } = await visit(`#text=${task}&view=answers&steps=30`);
  await atRest(page, 30);
  await expect.poll(() => page.locator('[data-fact=right]').innerText()).toMatch(/^\d+ of 40 correct$/);
  expect(await page.locator('.answers tbody tr').count()).toBe(8);
  expect(complaints).toEqual([]);
  await close();
});

describe.each(MODES)('%s prices', (_, options) => {
  const forecasts = (page: Page) =>
    expect
      .poll(() => page.locator('[data-fact=next]').innerText(), { timeout: 90_000 })
      .toMatch(/^Next: [\d.,]+, from [\d.,]+ to [\d.,]+ in nine of ten cases\.$/);

  it('are forecast beside "tomorrow = today", with intervals, and a file that is none is refused', async () => {
    const { page, complaints, close } = await visit('#view=prices', options);
    await page.getByText(en.prices.example).click();
    await forecasts(page);
    const errors = await page.locator('#panel table td:last-child').allInnerTexts();
    expect(errors.slice(-2).every((error) => Number(error) > 0)).toBe(true);
    expect(await page.locator('#panel').innerText()).toContain('(Diebold–Mariano)');
    const svg = await svgOf(page, '#panel');
    expect(svg.match(/Z" fill="#[0-9a-f]{6}33"/g)).toHaveLength(1);
    // Another view and back: the forecast is still there.
    await tab(page, en.views.take);
    await tab(page, en.views.prices);
    await forecasts(page);
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

  it('in a file that is dropped anywhere are forecast, too', async () => {
    const { page, complaints, close } = await visit('', options);
    await atRest(page, 300);
    await drop(page, 'prices.CSV', new TextEncoder().encode(madeUpPrices()));
    await forecasts(page);
    expect(await page.locator('[role=tab][aria-selected=true]').innerText()).toBe(en.views.prices);
    expect(await stepOf(page)).toBe(300);
    expect(complaints).toEqual([]);
    await close();
  });
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

it('is used by touch', async () => {
  const { page, complaints, close } = await visit('', {
    ...{ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
  });
  await atRest(page, 300);
  await page.getByRole('button', { name: en.stepOne, exact: true }).tap();
  await atRest(page, 301);
  await page.locator('#panel canvas').tap({ position: { x: 60, y: 40 } });
  await expect.poll(() => page.locator('.time').innerText()).toMatch(/Time step [2-9] of 28/);
  await expect(page.locator('#panel .drawing > button').first().isVisible()).resolves.toBe(true);
  await page.locator('#tab-surprise').tap();
  await expect.poll(() => page.locator('.coloured span').count()).toBe(28);
  expect(complaints).toEqual([]);
  await close();
});

it('moves nothing where less motion is asked for', async () => {
  const durations = async (reducedMotion: 'reduce' | 'no-preference') => {
    const { page, close } = await visit('', { reducedMotion });
    await page.locator('.run-bar').waitFor();
    const found = await page.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) => {
        const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(element);
        return [transitionDuration, animationName, scrollBehavior];
      }),
    );
    await close();
    return [...new Set(found)].sort();
  };
  expect(await durations('reduce')).toEqual(['0s', 'auto', 'none']);
  expect(await durations('no-preference')).toContain('0.12s, 0.12s');
});

it('sends nothing anywhere, and its policy allows no other script', async () => {
  const asked: string[] = [];
  const { page, complaints, close } = await visit('#text=own&own=my+secret+text', {
    before: async (opening) => {
      opening.on('request', (request) => {
        asked.push(request.url());
        expect([request.method(), request.postData()]).toEqual(['GET', null]);
      });
      opening.on('websocket', () => asked.push('a socket'));
    },
  });
  await atRest(page, 300);
  const { origin } = new URL(page.url());
  for (const name of Object.values(en.views)) if (name !== en.views.answers) await tab(page, name);
  await tab(page, en.views.take);
  await page.getByText(en.address).waitFor();
  for (const url of asked) expect(url).toMatch(new RegExp(`^${origin}/(assets/[\\w.-]+|icon\\.svg)?(#.*)?$`));
  expect(asked.filter((url) => !url.includes('#')).join()).not.toContain('secret');
  const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  expect(policy).not.toMatch(/'unsafe-|blob:|data:|\*|https?:/);
  expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'");
  expect(complaints).toEqual([]);
  await close();
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
