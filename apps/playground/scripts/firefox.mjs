// Runs the main functions of the built page in Firefox (UNROLLED_FIREFOX, otherwise firefox-esr on the PATH),
// over WebDriver BiDi, with and without threads. The page trains, is paused, takes one step, goes back to an
// earlier step, and shows gates and the gradient. Fails on an error of the page.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { serve } from './serve.mjs';

const folders = (process.env.PATH ?? '').split(path.delimiter);
const executablePath =
  process.env.UNROLLED_FIREFOX ??
  folders.map((folder) => path.join(folder, 'firefox-esr')).find((file) => existsSync(file));
if (!executablePath) {
  process.stderr.write(
    '[unrolled/playground] expected Firefox, got none on the PATH: apt-get install firefox-esr\n',
  );
  process.exit(1);
}
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true });

async function mainPath(isolated) {
  const server = await serve(dist, { isolated });
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  // Our own loop: puppeteer's functions that wait evaluate code from text, which the page's policy forbids.
  const until = async (isSo, ...given) => {
    const deadline = Date.now() + 60_000;
    while (!(await page.evaluate(isSo, ...given))) {
      if (Date.now() > deadline) throw new Error(`waited a minute for ${isSo}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const text = (selector) => page.evaluate((of) => document.querySelector(of)?.textContent ?? '', selector);
  const isAtRest = (step) => {
    const isStill = document.querySelector('.run-bar .primary')?.textContent?.includes('Start');
    return isStill && document.querySelector('[data-fact=step]')?.textContent === String(step);
  };
  const press = (name) =>
    page.evaluate((wanted) => {
      [...document.querySelectorAll('button')].find(({ textContent }) => textContent === wanted).click();
    }, name);
  await page.goto(`${server.url}#text=hihello&language=en`);
  await until(isAtRest, 300);
  await press('One step');
  await until(isAtRest, 301);
  await page.focus('#past');
  for (let back = 0; back < 4; back++) await page.keyboard.press('ArrowLeft');
  await until(() => document.querySelector('.past button') !== null);
  const step = Number((await text('.past output')).replaceAll(/\D/g, ''));
  await press('Go on from here');
  await until(isAtRest, step);
  await press('100 steps');
  await until(isAtRest, step + 100);
  await until(() => document.querySelector('#panel canvas') !== null);
  await page.click('#tab-reach');
  await until(() => /^× \d/.test(document.querySelector('#panel strong')?.textContent ?? ''));
  const chip = await text('.chip');
  const sample = await text('.written');
  const isIsolated = await page.evaluate(() => crossOriginIsolated);
  await page.close();
  await server.close();
  if (isIsolated !== isolated) complaints.push(`crossOriginIsolated is ${isIsolated}`);
  if (!sample.includes('hihello')) complaints.push(`it wrote ${sample}`);
  process.stdout.write(
    `Firefox, ${isolated ? 'isolated' : 'without headers'}: ${chip.split('·').slice(0, 2).join('·').slice(0, 40)}; ${complaints.length} complaints\n`,
  );
  return complaints;
}

const complaints = [...(await mainPath(true)), ...(await mainPath(false))];
await browser.close();
if (complaints.length > 0) {
  process.stderr.write(`[unrolled/playground] expected no complaint, got ${complaints.join('; ')}\n`);
  process.exit(1);
}
