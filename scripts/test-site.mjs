// npm run test:site: tests the built site in Chromium, wide and narrow, light and dark: axe finds nothing, no
// page is wider than its window, no link within the site is broken, and the search finds a page. Each page is
// tested in one of the four looks, in turn, or in all of them with `-- --all-looks`. Ends with the line
// `site: N passed, N failed`. `-- --pictures DIRECTORY` saves screenshots.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { findChromium } from './chromium.mjs';
import { fail, root } from './lib.mjs';
import { buildSite } from './site.mjs';

const { values } = parseArgs({
  options: {
    pictures: { type: 'string' },
    built: { type: 'boolean' },
    pages: { type: 'string' },
    'all-looks': { type: 'boolean' },
  },
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
const isInAll = (page) => values['all-looks'] || page === 'index.html';
const LOOKS = [1280, 390].flatMap((width) => ['light', 'dark'].map((scheme) => ({ width, scheme })));
const jobs = pages.flatMap((page, index) =>
  (isInAll(page) ? LOOKS : [LOOKS[index % LOOKS.length]]).map((look) => ({ page, ...look })),
);
/** The problems that axe finds on a page in its current state. */
async function complaintsOf(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'] }),
  );
  return violations.map(({ id, nodes }) => `axe ${id}: ${nodes[0]?.html.slice(0, 160)} (${nodes.length})`);
}

/** The broken links of a page within the site: the page or the heading does not exist. */
async function deadLinksOf(page) {
  const links = await page.evaluate(() => Array.from(document.links, ({ href }) => href));
  const dead = [...new Set(links)].filter((link) => {
    const { origin, pathname, hash } = new URL(link);
    if (origin !== new URL(server.url).origin) return false;
    const file = decodeURIComponent(pathname.slice(1)).replace(/(^|\/)$/, '$1index.html');
    // Only a complete build contains the reference and the playground.
    if (/^(?:api|playground)\//.test(file) && !existsSync(path.join(folder, file.split('/')[0])))
      return false;
    return !idsOf(file)?.has(decodeURIComponent(hash.slice(1)));
  });
  return dead.map((link) => `a broken link, ${link.slice(server.url.length)}`);
}

/** The anchors of a page, '' for its top; undefined if there is no such page. */
function idsOf(file) {
  if (!ids.has(file)) {
    const whole = path.join(folder, file);
    const text = existsSync(whole) && file.endsWith('.html') ? readFileSync(whole, 'utf8') : '';
    const found = Array.from(text.matchAll(/ id="([^"]*)"/g), ([, id]) => id);
    ids.set(file, existsSync(whole) ? new Set(['', ...found]) : undefined);
  }
  return ids.get(file);
}

/** Searches for a word. @returns the problems of the opened search */
async function search(page) {
  await page.goto(`${server.url}/`.replaceAll(/(?<!:)\/\//g, '/'));
  await page.locator('.DocSearch-Button').first().click();
  await page.locator('.VPLocalSearchBox input').fill('walk-forward');
  const result = page.locator('.VPLocalSearchBox .result').first();
  const isFound = await result.waitFor({ timeout: 10_000 }).then(
    () => true,
    () => false,
  );
  return isFound ? complaintsOf(page) : ['"walk-forward" is not found'];
}

const ids = new Map();
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
  const found = await complaintsOf(page);
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  if (overflow > 0) found.push(`is ${overflow} pixels wider than its window`);
  found.push(...(await deadLinksOf(page)));
  if (values.pictures) {
    mkdirSync(values.pictures, { recursive: true });
    await page.screenshot({ path: path.join(values.pictures, `${name.replaceAll('/', '-')}-${look}.png`) });
  }
  if (found.length === 0) passed += 1;
  else failures.push(`${name} at ${look}: ${found.join('; ')}`);
}

for (const [look, page] of contexts) {
  const found = await search(page);
  if (found.length === 0) passed += 1;
  else failures.push(`the search at ${look}: ${found.join('; ')}`);
}

await browser.close();
await server.close?.();
for (const failure of failures) process.stderr.write(`${failure}\n`);
process.stdout.write(`site: ${passed} passed, ${failures.length} failed\n`);
process.exit(failures.length > 0 ? 1 : 0);
