// npm run site: builds the documents, the API reference and the playground as one static site with search, in
// site/dist. VitePress is installed into site/ only. `-- --base /unrolled/` is for a host that serves the
// site under a path; `-- --only-documents` leaves out the reference and the playground.

import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bootstrap } from './bootstrap.mjs';
import { fail, logToStandardError, root, run } from './lib.mjs';
import { buildPlayground } from './playground.mjs';

const site = path.join(root, 'site');
const content = path.join(site, '.content');
const GITHUB = 'https://github.com/unrolled-js/unrolled';
/** The documents that become pages; links to anything else lead to the repository. */
const PAGES = [
  /^(README|CONTRIBUTING|SECURITY|CODE_OF_CONDUCT)\.md$/,
  /^docs\/.*\.md$/,
  /^(packages|apps|examples)\/[^/]+\/README\.md$/,
  /^packages\/kernels\/assembly\/README\.md$/,
  /^(bench|fixtures)\/[^/]+\.md$/,
];
const PICTURE = /\.(?:png|svg|jpg|gif)$/;

const pageOf = (file) => file.replace(/README\.md$/, 'index.md');

/** The document with its links changed to those of the site. */
export function withSiteLinks(text, file, files, folders) {
  const address = (target) => {
    const ours = target.startsWith(`${GITHUB}/blob/main/`) || target.startsWith(`${GITHUB}/tree/main/`);
    const bare = ours ? target.slice(`${GITHUB}/blob/main/`.length) : target;
    if (!ours && /^(?:[a-z][a-z\d+.-]*:|#|\/\/)/i.test(bare)) return target;
    const [name, anchor] = bare.split('#');
    const hash = anchor === undefined ? '' : `#${anchor}`;
    const place = path.posix.join(ours ? '' : path.posix.dirname(file), name).replace(/\/$/, '');
    if (place === 'docs/decisions') return '/docs/decisions/index.md';
    const page = folders.has(place) ? `${place}/README.md` : place;
    if (files.has(page)) return `/${pageOf(page)}${hash}`;
    if (PICTURE.test(place)) return target;
    return `${GITHUB}/${folders.has(place) ? 'tree' : 'blob'}/main/${place}${hash}`;
  };
  let fence;
  return text
    .split('\n')
    .map((line) => {
      const mark = /^ *(`{3,}|~{3,})/.exec(line)?.[1];
      if (mark && (fence === undefined || mark.startsWith(fence)))
        fence = fence === undefined ? mark : undefined;
      if (mark || fence !== undefined) return line;
      // Code spans stay unchanged.
      return line
        .split(/(`[^`]*`)/)
        .map((part) =>
          part.startsWith('`')
            ? part
            : part.replaceAll(/\]\(<?([^\s)>]+)>?\)/g, (_, target) => `](${address(target)})`),
        )
        .join('');
    })
    .join('\n');
}

function gather() {
  rmSync(content, { recursive: true, force: true });
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const all = listed.split('\n').filter((name) => name !== '' && existsSync(path.join(root, name)));
  const folders = new Set(
    all.flatMap((name) =>
      name
        .split('/')
        .slice(0, -1)
        .map((_, index, parts) => parts.slice(0, index + 1).join('/')),
    ),
  );
  const files = new Set(all.filter((name) => PAGES.some((pattern) => pattern.test(name))));
  for (const file of files) {
    const target = path.join(content, pageOf(file));
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, withSiteLinks(readFileSync(path.join(root, file), 'utf8'), file, files, folders));
  }
  const decisions = [...files]
    .filter((name) => name.startsWith('docs/decisions/'))
    .sort()
    .reverse();
  const entries = decisions.map((name) => {
    const title = /^# +(.*)$/m.exec(readFileSync(path.join(root, name), 'utf8'))?.[1] ?? name;
    return `- ${path.basename(name).slice(0, 10)}: [${title}](/${name})`;
  });
  const list = `# Decisions\n\nThe newest come first.\n\n${entries.join('\n')}\n`;
  if (!files.has('docs/decisions/README.md'))
    writeFileSync(path.join(content, 'docs/decisions/index.md'), list);
  const isShown = (name) =>
    PICTURE.test(name) && /^(?:docs|apps|examples|packages|bench)\//.test(name) && !name.includes('/test/');
  for (const picture of all.filter(isShown)) {
    const target = path.join(content, picture);
    mkdirSync(path.dirname(target), { recursive: true });
    copyFileSync(path.join(root, picture), target);
  }
  return files.size;
}

async function step(what, file, args, options = {}) {
  const { code, signal } = await run(process.execPath, [file, ...args], {
    cwd: root,
    stdio: logToStandardError,
    ...options,
  });
  if (signal) process.exit(130);
  if (code !== 0)
    fail(`[unrolled/site] expected ${what} to succeed, got exit code ${code}: see the lines above`);
}

/** Builds site/dist. @returns its path */
export async function buildSite({ base = '/', onlyDocuments = false } = {}) {
  await bootstrap();
  const pages = gather();
  const pnpm = path.join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
  if (!existsSync(path.join(site, 'node_modules', 'vitepress')))
    await step('the installation of VitePress', pnpm, ['install', '--frozen-lockfile', '--prefer-offline'], {
      cwd: site,
    });
  const extra = path.join(content, 'public');
  if (!onlyDocuments) {
    await step('TypeDoc', path.join(root, 'node_modules', 'typedoc', 'bin', 'typedoc'), [
      '--out',
      path.join(extra, 'api'),
    ]);
    cpSync(await buildPlayground(), path.join(extra, 'playground'), { recursive: true });
  }
  const vitepress = path.join(site, 'node_modules', 'vitepress', 'bin', 'vitepress.js');
  await step('VitePress', vitepress, ['build', site], { env: { ...process.env, SITE_BASE: base } });
  process.stdout.write(`site: ${pages} pages in ${path.relative(root, path.join(site, 'dist'))}\n`);
  return path.join(site, 'dist');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: { base: { type: 'string', default: '/' }, 'only-documents': { type: 'boolean' } },
  });
  if (!/^\/(?:[\w.-]+\/)*$/.test(values.base))
    fail(
      `[unrolled/site] expected a base such as /unrolled/, got '${values.base}': begin and end --base with a slash`,
    );
  await buildSite({ base: values.base, onlyDocuments: values['only-documents'] });
}
