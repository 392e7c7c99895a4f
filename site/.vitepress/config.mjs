// The site's pages and menus; scripts/site.mjs copies the documents to `.content` and runs VitePress on them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { slugOf } from '../../scripts/links.mjs';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const content = path.join(here, '.content');

const titleOf = (file) => {
  const heading = /^# +(.*)$/m.exec(readFileSync(path.join(content, file), 'utf8'))?.[1] ?? file;
  return heading.replaceAll('`', '').replace('@unrolled/', '');
};
const pagesOf = (folder) =>
  readdirSync(path.join(content, folder), { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? `${entry.name}/index.md` : entry.name))
    .filter(
      (name) => name.endsWith('.md') && name !== 'index.md' && existsSync(path.join(content, folder, name)),
    )
    .map((name) => ({
      text: titleOf(path.join(folder, name)),
      link: `/${folder}/${name.replace(/(index)?\.md$/, '')}`,
    }));
const group = (text, folder, more = []) => ({
  text,
  items: [...more, ...pagesOf(folder)],
});

/** An empty cell of a table's head is no header. */
function emptyHeaders({ tokens }) {
  for (const [index, { type }] of tokens.entries())
    if (type === 'th_open' && tokens[index + 1].content === '')
      for (const token of [tokens[index], tokens[index + 2]]) token.tag = 'td';
}

/** A block of Mermaid becomes a diagram. */
function withDiagrams(md) {
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, ...rest) =>
    tokens[index].info.trim() === 'mermaid'
      ? `<Diagram code="${encodeURIComponent(tokens[index].content)}" />`
      : fence(tokens, index, ...rest);
}

export default {
  title: 'Unrolled',
  description: 'Recurrent networks in TypeScript, on TensorFlow.js',
  lang: 'en-GB',
  base: process.env.SITE_BASE ?? '/',
  srcDir: content,
  // TypeDoc copies documents next to its pages; these are no pages of ours.
  srcExclude: ['public/**'],
  outDir: path.join(here, 'dist'),
  cacheDir: path.join(here, '.cache'),
  cleanUrls: false,
  lastUpdated: false,
  markdown: {
    anchor: { slugify: slugOf },
    config: (md) => {
      md.core.ruler.push('empty-headers', emptyHeaders);
      withDiagrams(md);
    },
    // Colours with a contrast of 4.5 and more on the background of code.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/docs/guides/' },
      { text: 'Packages', link: '/packages/cells/' },
      { text: 'Examples', link: '/docs/examples' },
      { text: 'API', link: '/api/index.html', target: '_self' },
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
      { text: 'GitHub', link: 'https://github.com/unrolled-js/unrolled' },
    ],
    sidebar: [
      group('Guides', 'docs/guides', [{ text: 'Which guide', link: '/docs/guides/' }]),
      group('Packages', 'packages'),
      group('Apps', 'apps', [{ text: 'All apps and examples', link: '/docs/examples' }]),
      group('Examples', 'examples'),
      {
        text: 'Project',
        items: [
          { text: 'Architecture', link: '/docs/architecture' },
          { text: 'Decisions', link: '/docs/decisions/' },
          { text: 'Benchmarks', link: '/bench/' },
          { text: 'Contributing', link: '/CONTRIBUTING' },
          { text: 'A release, rehearsed', link: '/docs/release-rehearsal' },
          { text: 'Style', link: '/docs/style' },
          { text: 'Security', link: '/SECURITY' },
        ],
      },
    ],
  },
};
