/**
 * The page that a guide has its reader paste, built by Vite and opened in Chromium with the headers that
 * threads need and without: what it shows, and what its Worker leaves. `npm run test:browser` runs it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Worker } from 'playwright';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { filesOf } from '../scripts/guide-files.mjs';
import { sources } from '../scripts/package-sources';
import { tfjsGradients } from '../scripts/tfjs-gradients';
import { root } from './documentation/examples';

const guide = readFileSync(path.join(root, 'docs/guides/in-the-browser.md'), 'utf8');
const folder = path.join(root, 'tests/.examples/page');
/** The guide's statement of the page's output. */
const promised = /^```\n((?:plain|relaxed) SIMD[\s\S]*?)\n```/m.exec(guide)![1]!.split('\n');
const LAST = Number(/^step (\d+)/.exec(promised.at(-1)!)![1]);

/** The names that tfjs leaves in the global object of a page or a Worker. */
declare const _tfengine: { readonly state: { readonly numTensors: number } };

interface Visit {
  readonly lines: readonly string[];
  readonly isolated: boolean;
  /** Errors, and what was written on the console. */
  readonly complaints: readonly string[];
}

let browser: Browser;

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  for (const { name, content } of filesOf(guide)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
  const plugins = () => [sources(), tfjsGradients()];
  await build({ root: folder, plugins: plugins(), worker: { plugins }, logLevel: 'warn' });
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
  args.push('--disable-background-networking', '--disable-component-update', '--disable-sync');
  browser = await chromium.launch({ executablePath: process.env.UNROLLED_CHROMIUM, args });
}, 120_000);

afterAll(() => browser?.close());

async function visit(server: PreviewServer): Promise<Visit> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  const workers: Worker[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  page.on('worker', (worker) => workers.push(worker));
  try {
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.locator('#log', { hasText: `step ${LAST},` }).waitFor({ state: 'attached', timeout: 60_000 });
    const text = (await page.textContent('#log'))!;
    const tensors = () => workers[0]!.evaluate(() => _tfengine.state.numTensors);
    await expect.poll(tensors, { message: 'tensors left in the Worker' }).toBe(0);
    return {
      lines: text.trim().split('\n'),
      isolated: await page.evaluate('crossOriginIsolated'),
      complaints,
    };
  } finally {
    await page.close();
  }
}

/** Serves what was built; without the guide's configuration there are no headers. */
async function visitPreview(configFile: string | false): Promise<Visit> {
  const server = await preview({ root: folder, configFile, preview: { port: 0 }, logLevel: 'warn' });
  try {
    return await visit(server);
  } finally {
    server.httpServer.close();
    if ('closeAllConnections' in server.httpServer) server.httpServer.closeAllConnections();
  }
}

/** A line's step, its loss to two digits, and what was learnt. */
const inShort = (line: string) => {
  const [, step, loss, learnt] = /^step (\d+), loss ([^:]+): (.*)$/.exec(line) ?? [];
  return `${step} ${Number(loss).toPrecision(2)} ${learnt}`;
};

it('the page shows what its guide says, with the headers and without, to the last digit of each loss', async () => {
  const withHeaders = await visitPreview(path.join(folder, 'vite.config.ts'));
  const without = await visitPreview(false);
  expect(withHeaders).toMatchObject({ complaints: [], isolated: true });
  expect(without).toMatchObject({ complaints: [], isolated: false });
  const [first, ...steps] = withHeaders.lines;
  expect(first).toMatch(/^(plain|relaxed) SIMD, threads: ([2-9]|\d\d)$/);
  expect(without.lines).toEqual([first!.replace(/\d+$/, '1'), ...steps]);
  expect(steps).toHaveLength(LAST);
  expect(steps.map(inShort)).toEqual(expect.arrayContaining(promised.slice(1).map(inShort)));
});
