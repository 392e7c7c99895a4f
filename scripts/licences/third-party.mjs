// The licences of bundled packages. Every copy must include their texts, so `dist/THIRD-PARTY-LICENSES.txt`
// contains them.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../lib.mjs';

export const FILE = 'THIRD-PARTY-LICENSES.txt';

/** Texts for packages that ship no licence text, by SPDX identifier. */
const TEXTS = { 'Apache-2.0': 'Apache-2.0.txt' };

/** The folder of the npm package that a file belongs to; undefined for a file of this repository. */
function packageOf(file) {
  const match = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file);
  return match?.[1];
}

/**
 * The names of the npm packages whose files a built script contains, from the comments that esbuild writes
 * above each file.
 */
export function bundledIn(code) {
  const files = code.matchAll(/^\/\/ .*node_modules\/((?:@[^/\n]+\/)?[^/\n]+)\/.*$/gm);
  return new Set(Array.from(files, ([, name]) => name));
}

/**
 * The notices of one package that a copy must include: name, version, licence, and the text of its licence
 * and notice.
 */
function entryOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const own = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = own.sort().map((file) => readFileSync(path.join(folder, file), 'utf8').trim());
  if (texts.length === 0) {
    const text = TEXTS[license];
    if (!text) throw new Error(`[unrolled/licences] ${name} ${version} (${license}) ships no licence text`);
    texts.push(readFileSync(path.join(root, 'scripts', 'licences', text), 'utf8').trim());
  }
  return [`${name} ${version}, ${license}`, ...texts].join('\n\n');
}

/** Writes the licences of some packages, given by their folders, into a built folder. */
export function writeLicences(dist, folders) {
  if (folders.length === 0) return;
  const rule = `\n\n${'-'.repeat(72)}\n\n`;
  const heading = 'This package contains parts of the following packages.';
  mkdirSync(dist, { recursive: true });
  writeFileSync(path.join(dist, FILE), `${[heading, ...folders.sort().map(entryOf)].join(rule)}\n`);
}

/**
 * An esbuild plugin that writes the licences of the bundled packages.
 *
 * @param others folders of packages that are included without esbuild
 */
export function thirdPartyLicences(others = []) {
  return {
    name: 'third-party-licences',
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(({ metafile }) => {
        if (!metafile) return;
        const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
        const folders = new Set([...used.map((file) => packageOf(path.resolve(file))), ...others]);
        folders.delete(undefined);
        writeLicences(path.resolve(build.initialOptions.outdir ?? 'dist'), [...folders]);
      });
    },
  };
}

/**
 * The packages that are missing from a built folder's licence file, among the bundled ones and the ones named
 * in addition. A package that consists of one library has no such folder.
 */
export function missingLicences(dist, others = []) {
  if (!existsSync(dist)) return [];
  const scripts = readdirSync(dist, { recursive: true }).filter((file) => /\.c?js$/.test(file));
  const names = new Set(others);
  for (const file of scripts) {
    for (const name of bundledIn(readFileSync(path.join(dist, file), 'utf8'))) names.add(name);
  }
  const file = path.join(dist, FILE);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return [...names].filter((name) => !text.includes(`\n${name} `));
}
