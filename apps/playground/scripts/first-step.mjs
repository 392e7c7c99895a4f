// Times cold loads of the built page up to the first training step: each in a new browser context without a
// cache. Prints the median.
import { numbers, openBrowser } from './chromium.mjs';

const { loads } = numbers({ loads: 10 });
const { url, browser, close } = await openBrowser();
const times = [];
for (let load = 0; load < loads; load++) {
  const context = await browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const Original = window.Worker;
    window.Worker = class extends Original {
      constructor(...given) {
        super(...given);
        this.addEventListener('message', ({ data }) => {
          if (data.kind === 'progress' && data.step > 0) window.firstStep ??= performance.now();
        });
      }
    };
  });
  await page.goto(url);
  await page.waitForFunction(() => window.firstStep !== undefined);
  times.push(await page.evaluate(() => window.firstStep));
  await context.close();
}
await close();
times.sort((a, b) => a - b);
const median = times[Math.floor(times.length / 2)];
process.stdout.write(
  `first step: median ${median.toFixed(0)} ms of ${loads} cold loads (${times.map((time) => time.toFixed(0)).join(', ')})\n`,
);
