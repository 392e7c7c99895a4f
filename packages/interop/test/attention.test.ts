/**
 * Encoder–decoders with attention that PyTorch and Keras wrote: our outputs from their weights equal theirs,
 * and what we write holds the numbers that they had. On a failure, first make the files again:
 * `python fixtures/make_interop_attention.py`.
 */
import { readdirSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {
  attentionWrapper,
  type Cell,
  disposeTree,
  type EncoderDecoder,
  encode,
  gru,
  lstm,
  unroll,
} from '@unrolled/cells';
import { readSafetensors } from '@unrolled/safetensors';
import { expect, it } from 'vitest';
import { fromKeras, fromPyTorch, toKeras, toPyTorch } from '../src/index';
import { readKeras, writeKerasWeights } from '../src/keras';
import {
  build,
  bytesOf,
  complaint,
  expectClose,
  fixtures,
  type GoldenCase,
  goldenCase,
  withoutLeak,
} from './support';

type AttentionCase = GoldenCase & { readonly source: GoldenCase['inputs'] };

const cases = readdirSync(fixtures)
  .filter((name) => name.startsWith('attention-') && name.endsWith('.json'))
  .map((name) => name.replace('.json', ''));

const ids = ({ values, shape }: GoldenCase['inputs']) =>
  tf.tensor2d(values, shape as [number, number], 'int32');

// biome-ignore lint/suspicious/noExplicitAny: whichever parts a case has.
type Whole = EncoderDecoder<any, Cell<any, any, 'ids'>>;

function expectTranslation(model: Whole, params: never, golden: AttentionCase): void {
  const [source, inputs] = [ids(golden.source), ids(golden.inputs)];
  const initialState = encode(model, params, source as never);
  const { output, state } = unroll(model, params, inputs, { initialState });
  expectClose(output.dataSync(), golden.output.values);
  disposeTree([source, inputs, initialState, output, state]);
}

it.each(cases)('%s: gives the outputs, and the weights back', (name) =>
  withoutLeak(async () => {
    const golden = goldenCase(name) as AttentionCase;
    const model = build(golden.model) as Whole;
    const { names, file } = golden;
    const isKeras = file!.endsWith('.h5');
    const given = isKeras ? await readKeras(bytesOf(file!)) : readSafetensors(bytesOf(file!)).tensors;
    const read = isKeras ? fromKeras : fromPyTorch;
    const params = read(given, model, { names }) as never;
    expectTranslation(model, params, golden);
    const written = isKeras
      ? await readKeras(await writeKerasWeights(toKeras(model, params, { names })))
      : new Map(Object.entries(toPyTorch(model, params, { names })));
    const again = read(written, model, { names }) as never;
    expectTranslation(model, again, golden);
    if (isKeras) expect(new Map(written)).toEqual(new Map(given));
    disposeTree([params, again]);
  }),
);

it('finds the dense layers of attention by their shapes, where they have shapes of their own', () =>
  withoutLeak(async () => {
    const golden = goldenCase('attention-keras-additive') as AttentionCase;
    const model = build(golden.model) as Whole;
    const params = fromKeras(await readKeras(bytesOf(golden.file!)), model) as never;
    expectTranslation(model, params, golden);
    disposeTree(params);
  }));

it('finds the cases', () => expect(cases.length).toBe(5));

it('refuses of Keras what its layers have not', () =>
  withoutLeak(async () => {
    const fed = attentionWrapper(gru({ inputSize: 7, units: 3 }), { memorySize: 4, inputFeeding: true });
    const options = { memorySize: 4, score: 'additive', normalized: true } as const;
    const normalized = attentionWrapper(lstm({ inputSize: 2, units: 3 }), options);
    const all = [fed.init(1), normalized.init(1)] as const;
    expect(await complaint(() => toKeras(fed, all[0]))).toContain(
      'got attentionWrapper(gru) with input feeding',
    );
    expect(await complaint(() => toKeras(normalized, all[1]))).toContain('with a normalized score');
    disposeTree(all);
  }));
