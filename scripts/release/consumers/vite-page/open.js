// Opens the built page in Chromium, as a static host with a strict policy would serve it, and prints what it
// wrote.
import { chromium } from 'playwright-core';
import { preview } from 'vite';

const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; require-trusted-types-for 'script'; trusted-types hihello",
};
const server = await preview({ preview: { port: 0, host: '127.0.0.1', headers }, logLevel: 'warn' });
const browser = await chromium.launch({
  executablePath: process.env.UNROLLED_CHROMIUM,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
  ],
});
try {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error));
  await page.goto(server.resolvedUrls.local[0]);
  await page.locator('#result:not(:empty)').waitFor({ state: 'attached', timeout: 60_000 });
  console.log(await page.textContent('#result'));
} finally {
  await browser.close();
  await server.close();
}
