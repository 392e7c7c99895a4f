// Trains on the built page, and compares the collected heap at the end, of the page and its Worker, with that
// after a sixth of the time.
import { numbers, openBrowser } from './chromium.mjs';

/** The heap may be larger by this share. */
const ALLOWED = 0.1;

const { minutes } = numbers({ minutes: 60 });
const { url, browser, close } = await openBrowser({
  args: ['--enable-precise-memory-info', '--js-flags=--expose-gc'],
});
const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
await page.goto(`${url}#text=sentence&beside=rnn`);
await page.waitForFunction(() => document.querySelector('.run-bar .primary:enabled'));
await page.waitForTimeout(5_000);
await page.click('.run-bar .primary');

/** Bytes in use after a collection, in all contexts. */
async function heap() {
  const used = () => {
    globalThis.gc();
    return performance.memory.usedJSHeapSize;
  };
  const sizes = [await page.evaluate(used)];
  for (const worker of page.workers()) {
    const of = () => {
      globalThis.gc?.();
      return performance.memory?.usedJSHeapSize ?? 0;
    };
    sizes.push(await worker.evaluate(of));
  }
  return sizes.reduce((a, b) => a + b, 0);
}

const wait = (share) => page.waitForTimeout(minutes * 60_000 * share);
await wait(1 / 6);
const early = await heap();
await wait(5 / 6);
const late = await heap();
const step = await page.locator('[data-fact=step]').innerText();
await close();
const change = late / early - 1;
process.stdout.write(
  `soak: ${(early / 1e6).toFixed(1)} MB after ${(minutes / 6).toFixed(1)} minutes, ${(late / 1e6).toFixed(1)} MB after ${minutes}, ${(100 * change).toFixed(1)} % more, steps ${step}\n`,
);
if (change > ALLOWED || complaints.length > 0) {
  process.stderr.write(
    `[unrolled/playground] expected at most ${100 * ALLOWED} % more and no error, got ${(100 * change).toFixed(1)} % and ${complaints.length}\n`,
  );
  process.exit(1);
}
