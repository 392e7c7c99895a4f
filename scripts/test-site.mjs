// npm run test:site: the built site in Chromium, wide and narrow, light and dark: axe finds nothing, no page
// is wider than its window, and the search finds a page. Ends with the line `site: N passed, N failed`.
// `-- --pictures DIRECTORY` keeps pictures.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { findChromium } from './chromium.mjs';
import { fail, root } from './lib.mjs';
import { buildSite } from './site.mjs';

const { values } = parseArgs({
  options: { pictures: { type: 'string' }, built: { type: 'boolean' }, pages: { type: 'string' } },
});
const executablePath = findChromium();
if (!executablePath) {
  if (process.env.CI) {
    process.stdout.write('site: skipped, no chromium on the PATH (apt-get install chromium)\n');
    process.exit(0);
  }
  fail(
    '[unrolled/test:site] expected Chromium, got none on the PATH: apt-get install chromium, or set UNROLLED_CHROMIUM',
  );
}
const folder = values.built ? path.join(root, 'site', 'dist') : await buildSite({ onlyDocuments: true });
const { serve } = await import(
  pathToFileURL(path.join(root, 'apps', 'playground', 'scripts', 'serve.mjs')).href
);
const axe = readFileSync(
  createRequire(path.join(root, 'apps', 'playground', 'package.json')).resolve('axe-core/axe.min.js'),
  'utf8',
);
const server = await serve(folder);
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

const every = readdirSync(folder, { recursive: true })
  .map((name) => name.split(path.sep).join('/'))
  .filter((name) => name.endsWith('.html') && !/^(?:api|playground)\//.test(name) && name !== '404.html');
const pages = values.pages ? values.pages.split(',') : every;
/** Each page once, the looks by turns; the first page in all of them. */
const LOOKS = [1280, 390].flatMap((width) => ['light', 'dark'].map((scheme) => ({ width, scheme })));
const jobs = pages.flatMap((page, index) =>
  (page === 'index.html' ? LOOKS : [LOOKS[index % LOOKS.length]]).map((look) => ({ page, ...look })),
);
let passed = 0;
const failures = [];
const contexts = new Map();
for (const { page: name, width, scheme } of jobs) {
  const look = `${width}-${scheme}`;
  if (!contexts.has(look)) {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: scheme,
      reducedMotion: 'reduce',
    });
    contexts.set(look, await context.newPage());
  }
  const page = contexts.get(look);
  await page.goto(`${server.url}/${name}`.replaceAll(/(?<!:)\/\//g, '/'));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'] }),
  );
  const found = violations.map(
    ({ id, nodes }) => `axe ${id}: ${nodes[0]?.html.slice(0, 160)} (${nodes.length})`,
  );
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) found.push(`is ${overflow} pixels wider than its window`);
  if (values.pictures) {
    mkdirSync(values.pictures, { recursive: true });
    await page.screenshot({ path: path.join(values.pictures, `${name.replaceAll('/', '-')}-${look}.png`) });
  }
  if (found.length === 0) passed += 1;
  else failures.push(`${name} at ${look}: ${found.join('; ')}`);
}

const page = contexts.get('1280-light') ?? (await browser.newPage());
await page.goto(`${server.url}/`.replaceAll(/(?<!:)\/\//g, '/'));
await page.locator('.DocSearch-Button').first().click();
await page.locator('.VPLocalSearchBox input').fill('walk-forward');
const result = page.locator('.VPLocalSearchBox .result').first();
if (
  await result.waitFor({ timeout: 10_000 }).then(
    () => true,
    () => false,
  )
)
  passed += 1;
else failures.push('the search for "walk-forward" finds nothing');

await browser.close();
await server.close?.();
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.stdout.write(`site: ${passed} passed, ${failures.length} failed\n`);
process.exit(failures.length > 0 ? 1 : 0);
