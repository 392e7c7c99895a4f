/**
 * The requests that views make about the shown model. The time of each depends on the length of its text.
 * None changes the run.
 */
import { flattenParams } from '@unrolled/cells';
import { architectureOf, gradientProfile, spreadWindows, writeText } from '@unrolled/language-model';
import type { QuestionName, Questions } from '../messages';
import { gradientNorms } from './blame';
import type { Lane } from './lane';
import { pooled } from './pooled';
import { traceModel, type Weights } from './trace';

/** Requests about the model that is being trained. */
export type ModelQuestion = Exclude<QuestionName, 'forecast'>;

type Answers = {
  readonly [Name in ModelQuestion]: (
    lane: Lane,
    ask: Questions[Name]['ask'],
  ) => Questions[Name]['answer'] | Promise<Questions[Name]['answer']>;
};

/** Number of windows over which the gradient norms are averaged. */
const WINDOWS = 8;

/** The characters of a text that the model knows, with their ids. */
function known(lane: Lane, text: string): { symbols: string[]; ids: Int32Array } {
  const { vocabulary } = lane.prepared.dataset;
  if (vocabulary.unit !== 'character') {
    const all = Int32Array.from(vocabulary.encode(text));
    return { symbols: Array.from(all, (id) => vocabulary.decode([id])), ids: all };
  }
  const symbols = vocabulary.split(text).filter((symbol) => vocabulary.has(symbol));
  return { symbols, ids: Int32Array.from(vocabulary.encode(symbols.join(''))) };
}

/** A copy of the parameters of the selected model. */
export function weightsOf(lane: Lane): Record<string, Weights> {
  return Object.fromEntries(
    Object.entries(flattenParams(lane.looked.params)).map(([path, tensor]) => [
      path,
      { shape: tensor.shape, values: tensor.dataSync<'float32'>() },
    ]),
  );
}

const ANSWERS: Answers = {
  trace(lane, { text }) {
    const { symbols, ids } = known(lane, text);
    const { vocabulary } = lane.prepared.dataset;
    const alphabet = Array.from({ length: vocabulary.size }, (_, id) => vocabulary.decode([id]));
    return { symbols, alphabet, trace: traceModel(weightsOf(lane), lane.prepared.settings, ids) };
  },
  reach(lane, { distance: asked }) {
    const { validation, train } = lane.prepared.dataset;
    const source = validation.tokens.length > 2 * asked ? validation.tokens : train;
    const distance = Math.max(2, Math.min(asked, Math.floor((source.length - 1) / 2)));
    const { model, params } = lane.looked;
    const { h, factor } = gradientProfile(
      'model',
      { model, params },
      spreadWindows(source, WINDOWS, distance),
      distance,
    );
    return { h: [...h], factor };
  },
  blame(lane, { text, at }) {
    const { ids } = known(lane, text);
    const { model, params } = lane.looked;
    return { norms: [...gradientNorms(model, params, lane.prepared.settings, ids, at)] };
  },
  answers(lane, { lines }) {
    const { model, params } = lane.looked;
    const { vocabulary } = lane.prepared.dataset;
    const wrote = lines.map((line): readonly [string, string] => {
      const place = line.indexOf('=') + 1;
      const prime = vocabulary.encode(`\n${line.slice(0, place)}`);
      const length = line.length - place;
      const text = [...writeText({ model, params, vocabulary, prime, length, temperature: 0, seed: 1 })].join(
        '',
      );
      return [line, text];
    });
    const right = wrote.filter(([line, text]) => line.endsWith(`=${text}`)).length;
    return { right, of: lines.length, wrote: wrote.slice(0, 8) };
  },
  weights(lane) {
    return Object.entries(weightsOf(lane)).map(([name, { shape, values }]) => {
      const [rows, columns] = shape.length === 1 ? [1, shape[0]!] : [shape[0]!, shape[1]!];
      return { name, rows, columns, drawn: pooled({ rows, columns, values }) };
    });
  },
  text: (lane) => lane.prepared.text,
  checkpoint: (lane) => lane.file(),
  async onnx(lane) {
    const { toOnnx } = await import('@unrolled/interop');
    const { model, params } = lane.looked;
    const { settings, dataset } = lane.prepared;
    const metadata = {
      architecture: JSON.stringify(architectureOf(settings)),
      vocabulary: JSON.stringify(dataset.vocabulary.toJSON()),
    };
    return toOnnx(model, params, { state: true, metadata });
  },
};

/** Requests that views repeat while the model trains. */
const BESIDE: ReadonlySet<ModelQuestion> = new Set(['trace', 'reach', 'blame', 'answers', 'weights']);

/** Answers a request about the selected model. */
export async function answer<Name extends ModelQuestion>(
  lane: Lane,
  name: Name,
  ask: Questions[Name]['ask'],
): Promise<Questions[Name]['answer']> {
  return BESIDE.has(name) ? lane.aside.ask(() => ANSWERS[name](lane, ask)) : ANSWERS[name](lane, ask);
}
