import { readFile } from 'node:fs/promises';
import { escapeMarkup, htmlPage, htmlTable, section, textTable } from '@unrolled/app-shared';
import { describe, expect, test } from 'vitest';
import { plainCsv, walk } from './support/prices';
import { run, scratch } from './support/run';

describe('the page', () => {
  test('needs no network, and has styles for light, dark and print', async () => {
    const place = await scratch();
    try {
      const file = await place.file('a & b.csv', plainCsv(walk(60)));
      const options = ['--window', '3', '--units', '1', '--steps', '1', '--folds', '2', '--horizon', '2'];
      const { code } = await run('backtest', file, ...options, '--level', '0.5', '--output', place.directory);
      expect(code).toBe(0);
      const html = await readFile(`${place.directory}/report.html`, 'utf8');
      expect(html).not.toMatch(/<(script|link|img|iframe)|src=|url\(|@import|href="http/);
      expect(html).toContain('prefers-color-scheme: dark');
      expect(html).toContain('@media print');
      expect(html).toContain('<title>a &amp; b: Close, back-test</title>');
      expect(html.match(/<svg /g)).toHaveLength(5);
      expect(html).toContain('var(--plot-1, #0072b2)');
      for (const heading of [
        'Error compared with the baselines',
        'By rows ahead',
        'Intervals',
        'forecasts from',
        'the best of 5 baselines',
        'How to read this',
      ])
        expect(html).toContain(heading);
    } finally {
      await place.remove();
    }
  });

  test('escapes file names', () => {
    expect(escapeMarkup('a<b>&"')).toBe('a&lt;b&gt;&amp;&quot;');
    const page = htmlPage({
      title: '<t>',
      lead: '&',
      sections: [section('<h>', htmlTable([['<a>'], ['<c>']]))],
    });
    expect(page).not.toMatch(/<(t|h|a|c)>/);
  });
});

test('a table for the terminal lines up names to the left and numbers to the right', () => {
  expect(
    textTable([
      ['name', 'RMSE'],
      ['a', '1.25'],
      ['longer', '10.00'],
    ]).split('\n'),
  ).toEqual([...['name      RMSE', 'a         1.25', 'longer   10.00']]);
});
