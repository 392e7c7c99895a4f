// Uses the built page at random: clicks, types, selects, drags, goes back and forward. Fails on an error, on
// a message on the console, or if the page no longer trains.
import { uniforms } from '../../../scripts/lib.mjs';
import { numbers, openBrowser } from './chromium.mjs';

const { actions, seed } = numbers({ actions: 1000, seed: 1 });
const uniform = uniforms(seed);
const draw = (below) => Math.floor(uniform() * below);
const { url, browser, close } = await openBrowser();
const context = await browser.newContext({ serviceWorkers: 'block', viewport: { width: 1280, height: 900 } });
const page = await context.newPage();
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
page.on('console', (message) => {
  if (!message.text().startsWith('Service Worker registration blocked')) complaints.push(message.text());
});
page.setDefaultTimeout(3_000);
page.on('crash', () => complaints.push('the page crashed'));
await page.goto(url);
await page.waitForSelector('.run-bar');

const TYPED = [
  '1',
  '2',
  '7',
  '24',
  '0',
  '-3',
  '1e9',
  '0.01',
  '',
  'x',
  '<b>',
  '한글 텍스트',
  'hello '.repeat(30),
];

/** Does one random action on a random control. @returns its description */
async function act() {
  const controls = page.locator(
    'button:visible:enabled, select:visible, input:visible:not([type=file]), textarea:visible',
  );
  const count = await controls.count();
  const control = controls.nth(draw(count));
  const { tag, type, name } = await control.evaluate((element) => ({
    tag: element.tagName,
    type: element.getAttribute('type'),
    name: (element.getAttribute('aria-label') ?? element.textContent ?? element.id).slice(0, 40),
  }));
  const options = { timeout: 5_000 };
  if (tag === 'SELECT') {
    const values = await control.locator('option').evaluateAll((list) => list.map(({ value }) => value));
    await control.selectOption(values[draw(values.length)], options);
  } else if (type === 'range') {
    const key = ['ArrowLeft', 'ArrowRight', 'Home', 'End'][draw(4)];
    await control.press(key, options);
  } else if (tag === 'TEXTAREA' || type === 'text') {
    const typed = TYPED[draw(TYPED.length)];
    if (await control.evaluate((element) => !element.readOnly)) await control.fill(typed, options);
    await control.press(tag === 'TEXTAREA' ? 'Tab' : 'Enter', options);
  } else if (type === 'radio') await control.check({ ...options, force: true });
  else await control.click(options);
  return `${tag} ${type ?? ''} ${name}`;
}

const recent = [];
for (let n = 1; n <= actions && complaints.length === 0; n++) {
  // A control may be removed before the action. Then the next one is tried.
  recent.push(await act().catch((error) => `nothing: ${String(error).split('\n')[0]}`));
  if (page.isClosed()) complaints.push('the page is closed');
  if (n % 100 === 0) process.stdout.write(`${n} actions\n`);
}
// A file chooser or a download that a click opened ends nothing.
if (complaints.length === 0) {
  await page.goto(`${url}#text=hihello&seed=${seed + 7}`);
  await page.reload();
  await page
    .waitForFunction(() => document.querySelector('[data-fact=step]')?.textContent === '300', undefined, {
      timeout: 60_000,
    })
    .catch(() => complaints.push('the page no longer trains'));
}
await close();
if (complaints.length > 0) {
  process.stderr.write(
    `[unrolled/playground] expected no complaint after ${actions} actions (--seed ${seed}), got ${complaints.join('; ')}, after:\n${recent.slice(-12).join('\n')}\n`,
  );
  process.exit(1);
}
process.stdout.write(`monkey: ${actions} actions, no complaint\n`);
