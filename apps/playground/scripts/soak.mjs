// Trains two models on the built page. Compares the heap of the page and its Workers at the end, after a
// garbage collection, with the heap after a sixth of the time.
import { numbers, openBrowser } from './chromium.mjs';

/** The share by which the heap may grow. */
const ALLOWED = 0.1;

const { minutes } = numbers({ minutes: 60 });
// Without the flag, Chromium measures only at its next garbage collection.
const { url, browser, close } = await openBrowser({
  args: ['--enable-blink-features=ForceEagerMeasureMemory', '--js-flags=--expose-gc'],
});
const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
await page.goto(`${url}#text=sentence&beside=rnn`);
await page.getByRole('button', { name: 'Start', exact: true }).click();

/** Bytes in use after a garbage collection, by place. */
async function heap() {
  for (const context of [page, ...page.workers()]) await context.evaluate(() => globalThis.gc?.());
  const breakdown = await page.evaluate(async () => {
    const measured = await performance.measureUserAgentSpecificMemory();
    return measured.breakdown.map(({ bytes, attribution }) => [attribution[0]?.scope ?? 'shared', bytes]);
  });
  const of = { Window: 0, DedicatedWorkerGlobalScope: 0, shared: 0 };
  for (const [scope, bytes] of breakdown) of[scope] += bytes;
  const all = Object.values(of).reduce((a, b) => a + b, 0);
  const [inPage, inWorkers, shared] = Object.values(of).map(megabytes);
  return { all, said: `${megabytes(all)} MB (page ${inPage}, Workers ${inWorkers}, shared ${shared})` };
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const steps = () => page.locator('[data-fact=step]').innerText();
const wait = (share) => page.waitForTimeout(minutes * 60_000 * share);
await wait(1 / 6);
const early = await heap();
process.stdout.write(`${early.said} after ${(minutes / 6).toFixed(1)} minutes, steps ${await steps()}\n`);
await wait(5 / 6);
const late = await heap();
process.stdout.write(`${late.said} after ${minutes} minutes, steps ${await steps()}\n`);
if (!(await page.getByRole('button', { name: 'Pause', exact: true }).isVisible()))
  complaints.push('the run has stopped');
await close();
const change = late.all / early.all - 1;
process.stdout.write(`soak: ${(100 * change).toFixed(1)} % more\n`);
if (change > ALLOWED || complaints.length > 0) {
  process.stderr.write(
    `[unrolled/playground] expected at most ${100 * ALLOWED} % more and no error, got ${(100 * change).toFixed(1)} % and ${complaints.join('; ') || 'no error'}\n`,
  );
  process.exit(1);
}
