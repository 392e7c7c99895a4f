import { readdir, readFile, writeFile } from 'node:fs/promises';
import { disposeTree } from '@unrolled/cells';
import { activationsOf, factorInWords } from '@unrolled/language-model';
import { loadModel } from '@unrolled/language-model/node';
import { beforeAll, describe, expect, test } from 'vitest';
import { fittedFactor } from '../../../packages/language-model/src/inspection/gradient-profile';
import { wordsText } from '../../../packages/language-model/test/support/texts';
import { divergingColour } from '../src/inspect/colours';
import { heatMap } from '../src/inspect/heat-map';
import { charRnn, lastObject } from './support/run-cli';
import { temporaryDirectory } from './support/temporary-directory';

const at = temporaryDirectory();
const checkpoint = () => ['--checkpoint', at('lstm', 'best.safetensors')];

beforeAll(async () => {
  await writeFile(at('words.txt'), wordsText(200));
  const train = (directory: string, ...options: string[]) =>
    charRnn(
      ...['train', at('words.txt'), '--run-directory', at(directory), '--steps', '3', '--units', '6'],
      ...['--batch-size', '8', '--sequence-length', '6', '--sample-every', '0', ...options],
    );
  await train('lstm', '--layers', '2');
  await train('tied', '--cell', 'gru', '--layers', '1', '--embedding', '6', '--tied');
});

interface Gradients {
  distance: number;
  models: { name: string; h: number[]; c?: number[]; factor: number }[];
  files: string[];
}

async function gradients(...options: string[]) {
  const outcome = await charRnn('inspect', 'gradients', at('words.txt'), ...options, '--json');
  expect(outcome.code, outcome.stderr).toBe(0);
  return { result: lastObject(outcome) as unknown as Gradients, stderr: outcome.stderr };
}
const small = ['--units', '6', '--distance', '8', '--windows', '4'];

describe('inspect gradients', () => {
  test('shows fresh models of all three cells side by side, and writes what it shows', async () => {
    const { result, stderr } = await gradients(...small, '--output', at('fresh'));
    expect(result.models.map(({ name }) => name)).toEqual([
      'rnn, untrained',
      'lstm, untrained',
      'gru, untrained',
    ]);
    for (const { h, c, name, factor } of result.models) {
      expect(h).toHaveLength(9);
      expect(c?.length).toBe(name.startsWith('lstm') ? 8 : undefined);
      for (const norm of h) expect(norm).toBeGreaterThan(0);
      expect(factor).toBeCloseTo(fittedFactor(h.slice(1)), 12);
      expect(stderr).toContain(`${name}: ${factorInWords(factor)}\n`);
    }
    expect((await readdir(at('fresh'))).sort()).toEqual(
      ['csv', 'json', 'png', 'svg'].map((ending) => `gradients.${ending}`),
    );
    expect(JSON.parse(await readFile(at('fresh', 'gradients.json'), 'utf8')).models).toEqual(result.models);
    const [head, ...rows] = (await readFile(at('fresh', 'gradients.csv'), 'utf8')).trimEnd().split('\n');
    expect(head).toBe(
      'distance,"rnn, untrained: h","lstm, untrained: h","lstm, untrained: c","gru, untrained: h"',
    );
    expect(rows).toHaveLength(9);
    expect(rows[3]).toBe(
      [
        3,
        result.models[0]!.h[3],
        result.models[1]!.h[3],
        result.models[1]!.c![2],
        result.models[2]!.h[3],
      ].join(),
    );
    const svg = await readFile(at('fresh', 'gradients.svg'), 'utf8');
    expect(svg).toContain('gru, untrained: h');
  });

  test('shows gradients vanish and explode with the recurrent weights', async () => {
    const factorAt = async (gain: string) => {
      const options = ['--cells', 'rnn', '--recurrent-gain', gain, '--output', at('gain')];
      return (await gradients(...small, ...options)).result.models[0]!.factor;
    };
    expect(await factorAt('0.3')).toBeLessThan(0.5);
    expect(await factorAt('3')).toBeGreaterThan(1.05);
  });

  test('looks at trained models, tied ones too; the readout alone is distance 0', async () => {
    const tied = ['--checkpoint', at('tied', 'best.safetensors')];
    const { result } = await gradients(...small, ...checkpoint(), ...tied, '--output', at('trained'));
    expect(result.models.map(({ name }) => name)).toEqual([`lstm, ${checkpoint()[1]}`, `gru, ${tied[1]}`]);
    // Over the steps the gradient goes on smoothly from the readout's: no jump of orders of magnitude.
    for (const { h } of result.models) expect(Math.abs(Math.log10(h[0]! / h[1]!))).toBeLessThan(2);
  });

  test.each([
    [['--cells', 'rnn,cnn'], /--cells: expected one or more of rnn, lstm and gru, each once/],
    [['--cells', 'rnn,rnn'], /--cells: expected one or more of rnn, lstm and gru, each once/],
    [['--units', '0'], /--units: expected a whole number of at least 1/],
    [['--layers', 'x'], /--layers: expected a whole number of at least 1/],
    [['--embedding', '-1'], /--embedding: expected a whole number of at least 0/],
    [['--recurrent-gain', '0'], /--recurrent-gain: expected a number above 0/],
    [['--seed', '-1'], /--seed: expected a whole number/],
    [['--windows', '0'], /--windows: expected a whole number of at least 1/],
    [['--distance', '0'], /--distance: expected a whole number of at least 1/],
    [
      ['--distance', '5000'],
      /--distance: expected a text of at least 10001 tokens for a distance of 5000, got \d+/,
    ],
    [['--checkpoint', 'none.safetensors'], /none.safetensors, got no such file/],
    [['none.txt'], /none.txt, got no such file/],
  ])('refuses %j', async (options, message) => {
    const { code, stdout, stderr } = await charRnn(
      ...['inspect', 'gradients', at('words.txt'), '--output', at('never'), ...options, '--json'],
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await readdir(at())).not.toContain('never');
  });

  test('a directory that cannot be written is refused', async () => {
    const { code, stderr } = await charRnn(
      ...['inspect', 'gradients', at('words.txt'), ...small, '--output', at('words.txt'), '--json'],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /expected a directory that can be written at .*words.txt, got a file in place of a folder/,
    );
  });
});

describe('inspect activations', () => {
  const activations = (...options: string[]) =>
    charRnn('inspect', 'activations', ...checkpoint(), '--output', at('map'), ...options);

  test('writes a picture, a page and a table of the same values', async () => {
    const outcome = await activations('--text', 'the whale\nswam', '--json');
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(lastObject(outcome)).toMatchObject({ layer: 2, state: 'h', tokens: 14 });
    expect((await readdir(at('map'))).sort()).toEqual(
      ['csv', 'html', 'png', 'svg'].map((ending) => `activations.${ending}`),
    );
    const trained = await loadModel('--checkpoint', at('lstm', 'best.safetensors'));
    const ids = trained.vocabulary.encode('the whale\nswam');
    const { values, units } = activationsOf(trained, ids, { layer: 2, state: 'h' });
    disposeTree(trained.params);
    const [head, ...rows] = (await readFile(at('map', 'activations.csv'), 'utf8')).trimEnd().split('\n');
    expect(head).toBe('position,token,unit_0,unit_1,unit_2,unit_3,unit_4,unit_5');
    expect(rows[9]).toBe([9, '"\\n"', ...values.subarray(9 * units, 10 * units)].join());
    const page = await readFile(at('map', 'activations.html'), 'utf8');
    const data = JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1]!);
    const bytes = Buffer.from(data.values.base64, 'base64');
    expect(bytes.length).toBe(2 * 14 * units);
    for (let unit = 0; unit < units; unit++)
      expect(bytes.readInt16LE(2 * (unit * 14 + 9)) * data.values.scale).toBeCloseTo(
        values[9 * units + unit]!,
        4,
      );
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    const svg = await readFile(at('map', 'activations.svg'), 'utf8');
    expect(svg).toContain('Activations h of layer 2 over “the whale¶swam…”');
  });

  test('knows c, the other layer, and orders of units', async () => {
    const result = async (...options: string[]) =>
      lastObject(await activations('--text', 'the whale swam', ...options, '--json')) as {
        layer: number;
        state: string;
        units: { unit: number; measure?: number }[];
      };
    expect(await result('--layer', '1', '--state', 'c')).toMatchObject({ layer: 1, state: 'c' });
    for (const order of ['variance', 'line-position', 'quotes']) {
      const { units } = await result('--sort', order);
      const measures = units.map(({ measure }) => Math.abs(measure!));
      expect(measures).toEqual([...measures].sort((a, b) => b - a));
      expect(units.map(({ unit }) => unit).sort()).toEqual([0, 1, 2, 3, 4, 5]);
    }
  });

  test('shows a long text in part, and says so', async () => {
    await writeFile(at('long.txt'), wordsText(900));
    const { code, stderr } = await activations('--file', at('long.txt'));
    expect(code).toBe(0);
    expect(stderr).toMatch(/the first 5000 of \d+ characters are shown\n/);
    expect(stderr).toMatch(/the picture shows the first 160 of 5000 tokens and 6 of 6 units/);
  });

  test.each([
    [['--layer', '3'], /--layer: expected a layer from 1 to 2, got 3/],
    [['--layer', '0'], /--layer: expected a whole number of at least 1/],
    [['--state', 'x'], /--state: expected one of h, c, got 'x'/],
    [['--sort', 'name'], /--sort: expected one of index, variance, line-position, quotes, got 'name'/],
    [['--text', ''], /--text: expected a text of at least one character/],
    [['--file', 'x.txt'], /--file: expected no --text together with --file, got both/],
    [['--text', 'the 🐋'], /--text: expected characters that the model has seen .* got "🐋"/],
  ])('refuses %j', async (options, message) => {
    const { code, stdout, stderr } = await activations(
      '--text',
      'the',
      ...options,
      '--output',
      at('never'),
      '--json',
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(await readdir(at())).not.toContain('never');
  });

  test('refuses c of a model that has none', async () => {
    const tied = at('tied', 'best.safetensors');
    const { code, stderr } = await charRnn(
      ...[
        'inspect',
        'activations',
        '--checkpoint',
        tied,
        '--text',
        'the',
        '--state',
        'c',
        '--output',
        at('never'),
      ],
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/--state: expected h, the only state of this model, got c/);
  });
});

describe('the parts of a heat map', () => {
  test('colours go from blue over white to red, and stop at the ends', () => {
    expect([-9, -1, 0, 1, 9].map(divergingColour)).toEqual([
      '#2166ac',
      '#2166ac',
      '#f7f7f7',
      '#b2182b',
      '#b2182b',
    ]);
  });

  test('every cell is drawn in its level’s colour, once', () => {
    const values = [
      [-1, -1, 0],
      [1, 0.5, 0.5],
    ];
    const svg = heatMap({
      ...{ title: '<a & b>', xLabel: 'x', yLabel: 'y', symbols: ['a', '\n', '\u0001'], limit: 1 },
      rows: [0, 1].map((unit) => ({ unit, measure: undefined })),
      valueAt: (column, unit) => values[unit]![column]!,
    });
    expect(svg).toContain('&lt;a &amp; b&gt;');
    expect(svg).toContain('>¶</text>');
    const runs = [...svg.matchAll(/<path d="(.*?)" stroke="(.*?)"/g)].map(([, path, colour]) => [
      path,
      colour,
    ]);
    expect(runs).toEqual([
      ['M0 7h20', '#2166ac'],
      ['M20 7h10', '#f7f7f7'],
      ['M10 21h20', divergingColour(0.5)],
      ['M0 21h10', '#b2182b'],
    ]);
  });
});
