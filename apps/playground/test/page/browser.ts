/** Opens the built page in Chromium, and notes whatever it complains of. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { serve } from '../../scripts/serve.mjs';
import { en } from '../../src/words/en';

const dist = path.resolve('apps/playground/dist');
/** Nothing but the tests: no window, no GPU, and no call of the browser's own to the outside. */
const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export interface Visit {
  readonly page: Page;
  /** Errors, what was written on the console, and refused or failed requests. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Without the two headers that threads need. */
  readonly bare?: boolean;
  /** Before the page is opened. */
  readonly before?: (page: Page) => Promise<void>;
}

/** With the two headers that threads need, and without. */
export const MODES = [
  ['with threads', {}],
  ['without threads', { bare: true }],
] as const satisfies readonly (readonly [string, VisitOptions])[];

type Server = Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let isolated: Server;
let bare: Server;

/** To be called once in a test file. */
export function useBrowser(): void {
  beforeAll(async () => {
    isolated = await serve(dist, { isolated: true });
    bare = await serve(dist);
    browser = await chromium.launch({ executablePath: process.env.UNROLLED_CHROMIUM!, args: ARGUMENTS });
  });
  afterAll(async () => {
    await browser?.close();
    await isolated?.close();
    await bare?.close();
  });
}

export async function visit(hash = '', options: VisitOptions = {}): Promise<Visit> {
  const { bare: isBare, before, ...context } = options;
  const own = await browser.newContext({
    serviceWorkers: 'block',
    viewport: { width: 1280, height: 900 },
    ...context,
  });
  const page = await own.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // Playwright says so where a test does without the service worker.
    if (!message.text().startsWith('Service Worker registration blocked')) complaints.push(message.text());
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText;
    // Chromium ends its own request of the icon where the page is left at once.
    if (why === 'net::ERR_ABORTED' && request.url().endsWith('/icon.svg')) return;
    complaints.push(`${request.url()}: ${why}`);
  });
  await before?.(page);
  await page.goto((isBare ? bare : isolated).url + hash);
  return { page, complaints, close: () => own.close() };
}

/** The step that the page shows; of the first model where there are two. */
export async function stepOf(page: Page): Promise<number> {
  const text = await page.locator('[data-fact=step]').innerText();
  return Number(text.split('·')[0]!.replaceAll(/\D/g, ''));
}

/** Waits until the page has come to rest at a step. */
export async function atRest(page: Page, step: number): Promise<void> {
  await expect.poll(() => stepOf(page), { timeout: 45_000 }).toBe(step);
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor();
}

/** The file that a button downloads. */
export async function download(page: Page, name: string): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  return readFileSync(await file.path());
}

/** Drops a file on the page, as a person does. */
export async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
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

/** Chooses a file by the page's button. */
export const choose = (page: Page, name: string, buffer: Buffer) =>
  page.getByLabel(en.openHint).last().setInputFiles({ name, mimeType: '', buffer });

/** Presses a button of the run bar. */
export const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/**
 * The number of colours of the panel's canvas, read from a copy: Chromium complains of a canvas read twice.
 */
export const coloursOf = (page: Page, canvas = '#panel canvas') =>
  page
    .locator(canvas)
    .first()
    .evaluate((shown: HTMLCanvasElement) => {
      const copy = new OffscreenCanvas(shown.width, shown.height).getContext('2d')!;
      copy.drawImage(shown, 0, 0);
      const { data } = copy.getImageData(0, 0, shown.width, shown.height);
      const seen = new Set<number>();
      for (let at = 0; at < data.length; at += 4)
        seen.add((data[at]! << 16) | (data[at + 1]! << 8) | data[at + 2]!);
      return seen.size;
    });

/** Every loss of a run, as the page gives them: lines of 'step,loss'. */
export async function lossesOf(page: Page): Promise<string[]> {
  return (await download(page, en.csv)).toString().trim().split('\n').slice(1);
}

export const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();
