// npm run newcomer (-- --registry ADDRESS --only text,program,page,clone --keep): follows the README and the
// guides in an empty directory, as a new user with Node and npm would: a model of the user's own text, the
// README's program, a page with a fused LSTM, and a clone. The commands and files are taken from the
// documents. Without --registry the packages come from npm; `npm run release:dry -- --newcomer` starts its
// own registry. It prints each command with its time and ends with `newcomer: N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findChromium } from './chromium.mjs';
import { filesOf } from './guide-files.mjs';
import { fail, root } from './lib.mjs';

const { values } = parseArgs({
  options: {
    registry: { type: 'string' },
    only: { type: 'string', default: 'text,program,page,clone' },
    keep: { type: 'boolean', default: false },
  },
});
const PARTS = { text: tryText, program: tryProgram, page: tryPage, clone: tryClone };
const parts = values.only.split(',');
for (const part of parts)
  if (!(part in PARTS))
    fail(`[unrolled/newcomer] expected --only with ${Object.keys(PARTS).join(', ')}, got '${part}'`);

const directory = mkdtempSync(path.join(os.tmpdir(), 'unrolled-newcomer-'));
process.on('exit', () => {
  if (values.keep) process.stdout.write(`kept: ${directory}\n`);
  else rmSync(directory, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/** A new user has no cache, and none of this repository's settings. */
const env = { ...process.env, npm_config_cache: path.join(directory, 'cache') };
for (const key of Object.keys(env))
  if (/^(npm_(config_(?!cache)|package_|lifecycle_)|UNROLLED_)/i.test(key)) delete env[key];
if (values.registry) env.npm_config_registry = values.registry;

const document = (name) => readFileSync(path.join(root, name), 'utf8');
const results = [];
for (const part of parts) {
  const folder = path.join(directory, part);
  mkdirSync(folder);
  const started = Date.now();
  try {
    await PARTS[part](folder);
  } catch (error) {
    process.stderr.write(`${part}: ${error.message}\n`);
    results.push({ part, command: '', seconds: 0, failure: error.message.split('\n')[0] });
  }
  process.stdout.write(`--- ${part}: ${((Date.now() - started) / 1000).toFixed(0)} s\n`);
}
process.stdout.write('\n| part | command | s | result |\n|---|---|---|---|\n');
for (const { part, command, seconds, failure } of results)
  process.stdout.write(`| ${part} | \`${command}\` | ${seconds.toFixed(1)} | ${failure ?? 'passed'} |\n`);
const failed = results.filter(({ failure }) => failure).length;
process.stdout.write(`newcomer: ${results.length - failed} passed, ${failed} failed\n`);
process.exit(failed > 0 ? 1 : 0);

/** Runs a command line in a folder, and returns what it printed. */
function shell(part, cwd, command) {
  process.stdout.write(`$ ${command}\n`);
  const started = Date.now();
  const { status, stdout, stderr } = spawnSync(command, { cwd, env, shell: true, encoding: 'utf8' });
  const seconds = (Date.now() - started) / 1000;
  process.stdout.write(`${stdout.trim().split('\n').slice(-4).join('\n')}\n`);
  if (status !== 0) throw new Error(`'${command}' ended with ${status}: ${stderr.trim()}`);
  results.push({ part, command, seconds });
  return stdout;
}

/** The lines of a document's first block of commands that begins with `start`. */
function commandsOf(name, start) {
  const block = Array.from(document(name).matchAll(/^```sh\n([\s\S]*?)^```/gm), ([, text]) => text).find(
    (text) => text.startsWith(start),
  );
  if (!block) throw new Error(`expected commands that begin with '${start}' in ${name}, got none`);
  return block.trim().split('\n');
}

function expect(text, pattern) {
  if (!pattern.test(text)) throw new Error(`expected ${pattern} in the output, got ${text.slice(-300)}`);
}

/** The user's own text: here the first 100,000 characters of the guides. */
function writeText(folder) {
  const guides = path.join(root, 'docs', 'guides');
  const text = readdirSync(guides)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(path.join(guides, name), 'utf8'))
    .join('\n');
  writeFileSync(path.join(folder, 'my-text.txt'), text.slice(0, 100_000));
}

/** The README's commands without a clone, for one minute of training. */
function tryText(folder) {
  writeText(folder);
  const [train, sample] = commandsOf('README.md', 'npx @unrolled/char-rnn').map((line) =>
    line.replace(/ *#.*/, '').replace('npx ', 'npx --yes '),
  );
  const trained = shell('text', folder, `${train} --minutes 1`);
  expect(trained, /best\.safetensors/);
  expect(shell('text', folder, sample), /\S{3}/);
}

/** The README's program, saved unchanged. */
function tryProgram(folder) {
  const program = /^```ts\n([\s\S]*?)^```/m.exec(document('README.md'))[1];
  const [install, start] = commandsOf('README.md', 'npm install @tensorflow/tfjs-core');
  writeFileSync(path.join(folder, start.split(' ').at(-1)), program);
  shell('program', folder, install);
  expect(shell('program', folder, start), /^ihello$/m);
}

/** The guide's page, made from Vite's template, in Chromium. */
async function tryPage(folder) {
  const [create, enter, ...install] = commandsOf('docs/guides/in-the-browser.md', 'npm create vite');
  shell('page', folder, create.replace('npm create', 'npm create --yes'));
  const project = path.join(folder, enter.split(' ').at(-1));
  for (const command of install) shell('page', project, command);
  for (const { name, content } of filesOf(document('docs/guides/in-the-browser.md'))) {
    mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    writeFileSync(path.join(project, name), content);
  }
  shell('page', project, 'npm run build');
  const executablePath = findChromium();
  if (!executablePath) {
    process.stdout.write('the page is not opened: no chromium on the PATH (apt-get install chromium)\n');
    return;
  }
  const started = Date.now();
  const server = spawn('npm', ['run', 'preview', '--', '--port', '4179'], {
    cwd: project,
    env,
    detached: true,
  });
  const { chromium } = await import('playwright');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  try {
    const page = await browser.newPage();
    for (let tries = 0; tries < 60; tries++) {
      if (await page.goto('http://localhost:4179/').catch(() => undefined)) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await page.locator('#log', { hasText: 'step 50,' }).waitFor({ state: 'attached', timeout: 60_000 });
    const text = await page.textContent('#log');
    process.stdout.write(text);
    expect(text, /SIMD, threads: \d+\n[\s\S]*hello from a recurrent network\n$/);
  } finally {
    await browser.close();
    process.kill(-server.pid);
  }
  results.push({ part: 'page', command: 'npm run preview', seconds: (Date.now() - started) / 1000 });
}

/** The README's commands in a fresh clone of this repository's last commit. */
function tryClone(folder) {
  if (spawnSync('git', ['--version']).status !== 0) {
    process.stdout.write('the clone is not tried: no git\n');
    return;
  }
  shell('clone', folder, `git clone --quiet --depth 1 file://${root} unrolled`);
  const clone = path.join(folder, 'unrolled');
  writeText(clone);
  const trained = shell('clone', clone, 'npm run char-rnn -- train my-text.txt --minutes 1');
  expect(trained, /best\.safetensors/);
  const sample = 'npm run char-rnn -- sample --checkpoint runs/char-rnn-1/best.safetensors';
  expect(shell('clone', clone, sample), /\S{3}/);
}
