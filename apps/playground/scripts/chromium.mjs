// Serves the built page and opens it in Chromium, for the scripts that no check runs.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { findChromium } from '../../../scripts/chromium.mjs';
import { serve } from './serve.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** Numbers passed as `--name value`. */
export function numbers(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: String(value) }]),
  );
  const { values } = parseArgs({ options });
  return Object.fromEntries(
    Object.entries(values).map(([name, text]) => {
      const value = Number(text);
      if (!(value > 0)) throw new Error(`expected --${name} above 0, got '${text}'`);
      return [name, value];
    }),
  );
}

/** @returns the page's address, the browser, and a function that ends both */
export async function openBrowser({ isolated = true, args = [] } = {}) {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('expected Chromium on the PATH, got none: apt-get install chromium');
  const server = await serve(path.resolve(dist), { isolated });
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      ...args,
    ],
  });
  return {
    url: server.url,
    browser,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
