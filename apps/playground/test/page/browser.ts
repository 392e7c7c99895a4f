/** Opens the built page in Chromium, and notes whatever it complains of. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect } from 'vitest';
import { serve } from '../../scripts/serve.mjs';

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
  page.on('requestfailed', (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
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

export const tab = (page: Page, name: string) => page.getByRole('tab', { name, exact: true }).click();
