import { createReporter, flagOf, type Reporter } from '@unrolled/app-shared';
import { readTextFile } from '@unrolled/data/node';
import {
  type Activations,
  activationsOf,
  encodeText,
  type OrderedUnit,
  orderUnits,
  type TrainedModel,
  type UnitOrder,
  unitsOf,
} from '@unrolled/language-model';
import { openRunDirectory, type RunDirectory, writeSvg } from '@unrolled/runs/node';
import { type ModelOptions, withModel } from '../model/with-model';
import { readCorpus } from '../text/corpus';
import { type HeatMap, heatMap, visibleSymbol } from './heat-map';
import { heatMapPage } from './heat-map-page';

export interface ActivationsOptions extends ModelOptions {
  text?: string;
  file?: string;
  layer?: number;
  state: 'h' | 'c';
  sort: UnitOrder;
  output: string;
  json?: boolean;
}

/** Maximum number of tokens and units in a picture; the page and the table contain all. */
const PICTURE = { tokens: 160, units: 160 };
/** A page with more would be slow. */
const MOST_TOKENS = 5000;
const MOST_CELLS = 2_000_000;

/** Shows the values of each unit of a layer over a text as a heat map. */
export async function inspectActivations(options: ActivationsOptions): Promise<void> {
  const reporter = createReporter(options);
  const text = await textOf(options);
  await withModel(options, reporter, async (trained) => {
    const { symbols, ids } = readable(text, trained, options, reporter);
    const activations = activationsOf(trained, ids, options, flagOf);
    const rows = orderUnits(activations, symbols, options.sort);
    const map = mapOf(trained, activations, symbols, rows, options);
    const files = await write(map, reporter, options.output);
    const { layer } = activations;
    reporter.line(`${map.title}: ${symbols.length} ${unitsOf(trained.vocabulary)}`);
    reporter.line(`written     ${files.join('\n            ')}`);
    reporter.result({
      ...{ layer, state: options.state, tokens: symbols.length },
      units: rows.map(({ unit, measure }) => ({ unit, ...(measure !== undefined && { measure }) })),
      files,
    });
  });
}

async function textOf({ text, file }: ActivationsOptions): Promise<string> {
  if (text !== undefined) return text;
  if (file !== undefined) return readTextFile(file);
  const corpus = await readCorpus([]);
  try {
    const start = Array.from(corpus.tokens.read(0, 40_000), (id) => corpus.symbols[id]!).join('');
    const from = start.indexOf('Call me Ishmael');
    return start.slice(from, from + PICTURE.tokens);
  } finally {
    await corpus.close();
  }
}

/** Number of tokens that a page shows. */
function readable(
  text: string,
  { vocabulary }: TrainedModel,
  { text: given, file }: ActivationsOptions,
  { warn }: Reporter,
): { symbols: string[]; ids: Int32Array } {
  const scope = given === undefined ? (file ?? 'the text') : '--text';
  const symbols = vocabulary.split(text);
  if (symbols.length > MOST_TOKENS) {
    warn(`the first ${MOST_TOKENS} of ${symbols.length} ${unitsOf(vocabulary)} are shown`);
  }
  const shown = symbols.slice(0, MOST_TOKENS);
  // The list is split again, because a shorter one may contain fewer unknown tokens to warn of.
  const ids =
    vocabulary.unit === 'byte'
      ? vocabulary.encode(shown)
      : encodeText(scope, shown.join(''), vocabulary, warn);
  return { symbols: shown, ids };
}

function mapOf(
  { vocabulary }: TrainedModel,
  { layer, units, values }: Activations,
  symbols: readonly string[],
  rows: readonly OrderedUnit[],
  { state, sort }: ActivationsOptions,
): HeatMap {
  const beginning = symbols.slice(0, 24).map(visibleSymbol).join('').replaceAll('·', ' ').slice(0, 24);
  const order = sort === 'index' ? '' : sort === 'variance' ? ' (variance)' : ` (correlation with ${sort})`;
  const most = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return {
    title: `Activations ${state} of layer ${layer} over “${beginning}…”`,
    xLabel: `${vocabulary.unit} of the text that was read last`,
    yLabel: `unit${order}`,
    symbols,
    rows,
    valueAt: (column, unit) => values[column * units + unit]!,
    // h is within ±1. c is not, and an outlier would compress the colour scale.
    limit: state === 'h' ? 1 : scaleOf(values, most),
  };
}

/** The limit that 99 % of the magnitudes do not exceed. */
function scaleOf(values: Float32Array, most: number): number {
  const sorted = values.map(Math.abs).sort();
  return sorted[Math.floor(0.99 * (sorted.length - 1))] || most || 1;
}

async function write(map: HeatMap, { warn }: Reporter, output: string): Promise<string[]> {
  const directory = await openRunDirectory(output);
  return writeIn(directory, map, warn).finally(directory.close);
}

async function writeIn(directory: RunDirectory, map: HeatMap, warn: Reporter['warn']): Promise<string[]> {
  const { symbols, rows } = map;
  const picture = { ...map, symbols: symbols.slice(0, PICTURE.tokens), rows: rows.slice(0, PICTURE.units) };
  const page = { ...map, rows: rows.slice(0, Math.max(1, Math.floor(MOST_CELLS / symbols.length))) };
  if (picture.symbols.length < symbols.length || picture.rows.length < rows.length) {
    warn(
      `the picture shows the first ${picture.symbols.length} of ${symbols.length} tokens and ${picture.rows.length} of ${rows.length} units; the page shows ${page.rows.length} units, the table all units`,
    );
  }
  const html = await directory.write('activations.html', heatMapPage(page));
  const csv = await directory.write('activations.csv', csvOf(map));
  const { files, advice } = await writeSvg(directory.file('activations'), heatMap(picture));
  if (advice) warn(advice);
  return [html, ...files, csv];
}

/** A line for each token: its position, the token, and the value of each unit. */
function csvOf({ symbols, rows, valueAt }: HeatMap): string {
  const units = rows.map(({ unit }) => unit).sort((a, b) => a - b);
  const head = ['position', 'token', ...units.map((unit) => `unit_${unit}`)].join(',');
  const lines = symbols.map((symbol, column) =>
    [
      column,
      JSON.stringify(symbol).replaceAll('\\"', '""'),
      ...units.map((unit) => valueAt(column, unit)),
    ].join(','),
  );
  return `${[head, ...lines].join('\n')}\n`;
}
