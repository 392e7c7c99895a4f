// Compares the page's speed with Node's on the same binary, and with tfjs-layers in the same browser, in
// turn: medians of the milliseconds of a step. The page trains and draws its pictures, as a user sees it.
// tfjs-layers only trains, on its wasm and webgl backends.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { numbers, openBrowser } from './chromium.mjs';
import { serve } from './serve.mjs';

const home = fileURLToPath(new URL('..', import.meta.url));
const made = path.join(home, 'node_modules', '.cache', 'speed');
const require = createRequire(new URL('../../../bench/package.json', import.meta.url));

/**
 * The models, by their addresses. V8's optimising compiler finishes a small one's code only after some
 * thousand steps.
 */
const MODELS = {
  hihello: { address: '#text=hihello', units: 16, unroll: 7, batch: 4, rate: 0.03, warmUp: 3000 },
  'characters, 1 × 128': {
    address: '#text=moby&cell=lstm&layers=1&units=128&unroll=50&batch=16&rate=0.008',
    ...{ units: 128, unroll: 50, batch: 16, rate: 0.008, warmUp: 350 },
  },
};

/** Relaxed SIMD, which Chromium has, needs a flag in Node before 22. */
const RELAXED = Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-wasm-relaxed-simd'] : [];

const { rounds, seconds } = numbers({ rounds: 3, seconds: 4 });
const milliseconds = seconds * 1000;
await buildSides();
const GPU = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const isolated = await openBrowser({ args: GPU });
const bare = await openBrowser({ isolated: false, args: GPU });
const peers = await serve(made, { isolated: true });

for (const [name, model] of Object.entries(MODELS)) {
  const times = {};
  const notes = {};
  let vocabulary = 0;
  const sides = {
    'page, threads': () => inPage(isolated, model),
    'page, one thread': () => inPage(bare, model),
    'Node, two threads': () => inNode(model, 2),
    'Node, one thread': () => inNode(model, 1),
    'tfjs-layers, wasm': () => inPeer('wasm', { ...model, vocabulary }),
    'tfjs-layers, webgl': () => inPeer('webgl', { ...model, vocabulary }),
  };
  vocabulary = (await inNode({ ...model, warmUp: 1 }, 1, 1)).vocabulary;
  for (let round = 0; round < rounds; round++)
    for (const [side, measure] of Object.entries(sides)) {
      const { perStep, threads } = await measure();
      times[side] = [...(times[side] ?? []), perStep];
      if (threads !== undefined) notes[side] = `, ${threads} of its threads`;
    }
  report(name, vocabulary, times, notes);
}
await Promise.all([isolated.close(), bare.close(), peers.close()]);

function report(name, vocabulary, times, notes) {
  const median = (side) => times[side].toSorted((a, b) => a - b)[Math.floor(times[side].length / 2)];
  process.stdout.write(`${name}, ${vocabulary} characters:\n`);
  for (const side of Object.keys(times))
    process.stdout.write(
      `  ${side.padEnd(20)} ${median(side).toPrecision(3)} ms a step${notes[side] ?? ''}\n`,
    );
  const ratio = (slow, fast) => (median(slow) / median(fast)).toPrecision(3);
  for (const [page, node] of [
    ['page, threads', 'Node, two threads'],
    ['page, one thread', 'Node, one thread'],
  ])
    process.stdout.write(
      `  ${page}: ${ratio('tfjs-layers, wasm', page)} × tfjs-layers on wasm, ${ratio('tfjs-layers, webgl', page)} × on webgl, ${ratio(node, page)} × ${node}\n`,
    );
}

/** The page's step counter while it trains and draws. */
async function inPage({ url, browser }, { address, warmUp }) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.goto(url + address);
  const step = () =>
    page.evaluate(() => ({
      step: Number(document.querySelector('[data-fact=step]').textContent.replaceAll(/\D/g, '')),
      at: performance.now(),
    }));
  const reached = (least) =>
    page.waitForFunction(
      (n) => Number(document.querySelector('[data-fact=step]')?.textContent.replaceAll(/\D/g, '')) >= n,
      least,
      { timeout: 120_000 },
    );
  await page.waitForFunction(() => document.querySelector('.run-bar .primary:enabled'));
  // A page stops after a fixed number of steps.
  await reached(300);
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await reached(warmUp);
  const begin = await step();
  await page.waitForTimeout(milliseconds);
  const end = await step();
  await context.close();
  return { perStep: (end.at - begin.at) / (end.step - begin.step) };
}

async function inPeer(backend, { units, unroll, batch, rate, vocabulary }) {
  const context = await isolated.browser.newContext();
  const page = await context.newPage();
  await page.goto(`${peers.url}peer.html`);
  await page.waitForFunction(() => globalThis.perStep);
  const measured = await page.evaluate((options) => globalThis.perStep(options), {
    ...{ backend, units, unroll, batch, rate, vocabulary, milliseconds },
  });
  await context.close();
  return measured;
}

function inNode({ address, warmUp }, threads, measured = milliseconds) {
  const options = {
    address,
    warmUp,
    threads,
    milliseconds: measured,
    moby: path.join(home, 'dist', 'moby-dick.txt'),
  };
  return JSON.parse(
    execFileSync(process.execPath, [...RELAXED, path.join(made, 'node.mjs'), JSON.stringify(options)], {
      encoding: 'utf8',
    }),
  );
}

/** Bundles the programs for Node and for tfjs-layers, with the built packages. */
async function buildSides() {
  mkdirSync(made, { recursive: true });
  await build({
    ...{
      entryPoints: [path.join(home, 'scripts', 'speed', 'node.ts')],
      outfile: path.join(made, 'node.mjs'),
    },
    ...{ bundle: true, format: 'esm', platform: 'node', external: ['@unrolled/*', '@tensorflow/*'] },
  });
  await build({
    ...{ entryPoints: [path.join(home, 'scripts', 'speed', 'peer.js')], outfile: path.join(made, 'peer.js') },
    ...{ bundle: true, minify: true, format: 'iife', platform: 'browser', logLevel: 'error' },
    alias: {
      '@tensorflow/tfjs': require.resolve('@tensorflow/tfjs'),
      '@tensorflow/tfjs-backend-wasm': require.resolve('@tensorflow/tfjs-backend-wasm'),
    },
  });
  writeFileSync(
    path.join(made, 'peer.html'),
    '<!doctype html><title>tfjs-layers</title><script src="peer.js"></script>',
  );
  const files = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  for (const kind of ['', '-simd', '-threaded-simd'])
    cpSync(
      path.join(files, `tfjs-backend-wasm${kind}.wasm`),
      path.join(made, `tfjs-backend-wasm${kind}.wasm`),
    );
}
