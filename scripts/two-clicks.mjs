// Checks that every page a newcomer needs is at most two clicks from the README; for scripts/check-links.mjs
// and its test.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { linksOf } from './links.mjs';

const OURS = 'https://github.com/unrolled-js/unrolled/blob/main/';
const foldersOf = (root, folder) =>
  readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

/**
 * The pages that must be at most two clicks away, by a reader's name for each: files or folders, relative to
 * the root.
 */
export function wantedOf(root) {
  const pages = ['apps', 'examples', 'packages'].flatMap((folder) =>
    foldersOf(root, folder).filter((each) => existsSync(path.join(root, each, 'README.md'))),
  );
  const files = ['docs/guides', 'docs/decisions'].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  );
  return {
    "a cell's equation": 'packages/kernels/src/ops/lstm-sequence.ts',
    "a kernel's gradient": 'packages/kernels/assembly/lstm.ts',
    'a loss': 'packages/losses/src/ctc-loss.ts',
    'the CSV reader': 'packages/data/src/csv/read-csv.ts',
    'the layout of a checkpoint': 'docs/architecture.md',
    "a benchmark's command": 'bench/README.md',
    'the examples': 'docs/examples.md',
    ...Object.fromEntries([...pages, ...files].map((each) => [each, each])),
  };
}

/** The pages and files that a page or a folder links to. A folder with a README is read as its README. */
function linkedFrom(root, place) {
  const page = place.endsWith('.md') ? place : `${place}/README.md`;
  if (!existsSync(path.join(root, page)))
    return statSync(path.join(root, place)).isDirectory()
      ? readdirSync(path.join(root, place)).map((name) => `${place}/${name}`)
      : [];
  return linksOf(readFileSync(path.join(root, page), 'utf8')).links.flatMap(({ target }) => {
    const [name] = decodeURIComponent(target.replace(OURS, '/')).split('#');
    if (name === '' || /^[a-z]+:/i.test(name)) return [];
    const from = name.startsWith('/') ? '' : path.dirname(page);
    return [path.join(from, name).replace(/\/(README\.md)?$/, '')];
  });
}

/** One line for each thing of `wanted` that is more than two clicks from the root's README. */
export function farFromReadme(root, wanted) {
  const isThere = (place) => existsSync(path.join(root, place));
  const first = new Set(linkedFrom(root, 'README.md').filter(isThere));
  const second = new Set([...first].flatMap((place) => linkedFrom(root, place)));
  return Object.entries(wanted)
    .map(([name, place]) => [name, place.replace(/\/README\.md$/, '')])
    .filter(([, place]) => !first.has(place) && !second.has(place))
    .map(([name, place]) => `README.md: ${name} (${place}) is more than two clicks away`);
}
