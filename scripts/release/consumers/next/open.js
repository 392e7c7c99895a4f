// Starts Next's own server, opens the page in Chromium, and prints the page's output.
import { spawn } from 'node:child_process';
import { chromium } from 'playwright-core';

const server = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'start', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const address = await new Promise((resolve, reject) => {
  let text = '';
  server.stdout.on('data', (chunk) => {
    text += chunk;
    const [, port] = /http:\/\/localhost:(\d+)/.exec(text) ?? [];
    if (port && text.includes('Ready')) resolve(`http://localhost:${port}/`);
  });
  server.on('exit', (code) => reject(new Error(`next start ended with ${code}`)));
});
const browser = await chromium.launch({
  executablePath: process.env.UNROLLED_CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});
try {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(error));
  await page.goto(address);
  await page.locator('#result:not(:empty)').waitFor({ state: 'attached', timeout: 60_000 });
  console.log(await page.textContent('#result'));
} finally {
  await browser.close();
  server.removeAllListeners('exit');
  server.kill();
}
