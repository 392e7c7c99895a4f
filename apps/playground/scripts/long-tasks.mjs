// Measures how long the page is blocked while it trains: the longest task on its main thread, for each view,
// in elapsed time and in processor time. The processor time does not depend on other programs.
import { numbers, openBrowser } from './chromium.mjs';

/** The limit for a task, in milliseconds. */
const MOST = 50;
const TASK = 'ThreadControllerImpl::RunTask';
/** Two models for a small text, and a large model. */
const ADDRESSES = ['#text=sentence&beside=rnn', '#text=moby&layers=2&units=256&steps=5'];

const { seconds } = numbers({ seconds: 5 });
const { url, browser, close } = await openBrowser();
let longest = 0;
for (const address of ADDRESSES) {
  const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
  process.stdout.write(`${address}\n`);
  await page.goto(url + address);
  await page.getByRole('button', { name: 'Start', exact: true }).click({ timeout: 120_000 });
  for (const tab of await page.getByRole('tab').all())
    longest = Math.max(longest, await longestIn(page, tab));
  await page.context().close();
}

/** The longest task after a view is opened, in milliseconds of processor time. */
async function longestIn(page, tab) {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  // Not Playwright's click, which waits for frames, and takes long on a busy machine.
  await tab.evaluate((element) => element.click());
  await page.waitForTimeout(1000 * seconds);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const isMain = (event) => mains.some(({ pid, tid }) => event.pid === pid && event.tid === tid);
  const tasks = traceEvents.filter((event) => event.name === TASK && isMain(event));
  if (tasks.length === 0) throw new Error(`expected ${TASK} in Chromium's trace, got none`);
  const most = (field) => Math.max(...tasks.map((task) => task[field] ?? 0)) / 1000;
  process.stdout.write(
    `${(await tab.innerText()).padEnd(20)} ${tasks.length} tasks, the longest ${most('dur').toFixed(0)} ms, ${most('tdur').toFixed(0)} ms of processor time\n`,
  );
  return most('tdur');
}

await close();
process.stdout.write(`the longest task: ${longest.toFixed(0)} ms of processor time\n`);
if (longest > MOST) {
  process.stderr.write(`[unrolled/playground] expected tasks of at most ${MOST} ms\n`);
  process.exit(1);
}
