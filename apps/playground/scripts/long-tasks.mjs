// How long the page is blocked while it trains: the longest task on its main thread, view by view, by the
// clock and in processor time (the second says the same on a busy machine).
import { numbers, openBrowser } from './chromium.mjs';

/** Milliseconds that a task may take. */
const MOST = 50;
const TASK = 'ThreadControllerImpl::RunTask';

const { seconds } = numbers({ seconds: 5 });
const { url, browser, close } = await openBrowser();
const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
await page.goto(`${url}#text=sentence&beside=rnn`);
await page.waitForFunction(() => document.querySelector('.run-bar .primary:enabled'));
const start = page.getByRole('button', { name: 'Start', exact: true });
if (await start.isVisible()) await start.click();
let longest = 0;
for (const tab of await page.getByRole('tab').all()) {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await tab.click();
  await page.waitForTimeout(1000 * seconds);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const isMain = (event) => mains.some(({ pid, tid }) => event.pid === pid && event.tid === tid);
  const tasks = traceEvents.filter((event) => event.name === TASK && isMain(event));
  if (tasks.length === 0) throw new Error(`expected ${TASK} in Chromium's trace, got none`);
  const most = (field) => Math.max(...tasks.map((task) => task[field] ?? 0)) / 1000;
  longest = Math.max(longest, most('tdur'));
  process.stdout.write(
    `${(await tab.innerText()).padEnd(20)} ${tasks.length} tasks, the longest ${most('dur').toFixed(0)} ms, ${most('tdur').toFixed(0)} ms of processor time\n`,
  );
}
await close();
process.stdout.write(`the longest task: ${longest.toFixed(0)} ms of processor time\n`);
if (longest > MOST) {
  process.stderr.write(`[unrolled/playground] expected tasks of at most ${MOST} ms\n`);
  process.exit(1);
}
