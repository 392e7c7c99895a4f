/**
 * Convolution, pooling and layer normalisation: what is moved to other frameworks, and what is refused by
 * name.
 */
import {
  conv1d,
  conv2d,
  dense,
  disposeTree,
  flatten,
  globalAveragePool2d,
  layerNormLstm,
  maxPool2d,
  stack,
} from '@unrolled/cells';
import { expect, it } from 'vitest';
import { fromKeras, fromPyTorch, toKeras, toPyTorch } from '../src/index';
import { readKeras, writeKeras } from '../src/keras';
import { complaint, withoutLeak } from './support';

const pictures = stack([
  conv2d({ inputSize: 2, filters: 3, kernelSize: [2, 1] }),
  maxPool2d({ size: 2 }),
  globalAveragePool2d(),
  dense({ inputSize: 3, units: 2 }),
]);

it('a filter has its outputs first and its taps last in PyTorch', () =>
  withoutLeak(() => {
    const params = pictures.init(1);
    const written = toPyTorch(pictures, params);
    expect(Object.keys(written)).toEqual(['conv.weight', 'conv.bias', 'linear.weight', 'linear.bias']);
    const { shape, data } = written['conv.weight']!;
    const kernel = params[0].kernel.arraySync();
    expect(shape).toEqual([3, 2, 2, 1]);
    // [output 2, input 1, tap 1] of 3 × 2 × 2
    expect(data[(2 * 2 + 1) * 2 + 1]).toBeCloseTo(kernel[1]![0]![1]![2]!, 6);
    const again = fromPyTorch(written, pictures);
    expect(toPyTorch(pictures, again)).toEqual(written);
    disposeTree([params, again]);
  }));

it('a .keras file says how each layer was made, and is read back', () =>
  withoutLeak(async () => {
    const params = pictures.init(2);
    const arrays = await readKeras(await writeKeras(pictures, params));
    const { layers } = (arrays.config as { config: { layers: { class_name: string; config: object }[] } })
      .config;
    expect(layers.map(({ class_name }) => class_name)).toEqual([
      ...['InputLayer', 'Conv2D', 'MaxPooling2D', 'GlobalAveragePooling2D', 'Dense'],
    ]);
    expect(layers[1]!.config).toMatchObject({ filters: 3, kernel_size: [2, 1], strides: [1, 1] });
    const again = fromKeras(arrays, pictures);
    expect(toKeras(pictures, again)).toEqual(toKeras(pictures, params));
    const other = stack([
      conv2d({ inputSize: 2, filters: 3, kernelSize: [2, 1], stride: 2 }),
      globalAveragePool2d(),
      dense({ inputSize: 3, units: 2 }),
    ]);
    expect(await complaint(() => fromKeras(arrays, other))).toMatch(/strides \[1,1\], got strides \[2,2\]/);
    disposeTree([params, again]);
  }));

it('refuses by name what another framework has in another order, or not at all', () =>
  withoutLeak(async () => {
    const flat = stack([
      conv2d({ inputSize: 1, filters: 2, kernelSize: 2 }),
      flatten({ height: 2, width: 2 }),
      dense({ inputSize: 8, units: 2 }),
    ]);
    const zeros = conv1d({ inputSize: 2, filters: 2, kernelSize: 3, padding: 1 });
    const normed = layerNormLstm({ inputSize: 2, units: 3 });
    const all = [flat.init(1), zeros.init(1), normed.init(1)] as const;
    expect(await complaint(() => toPyTorch(flat, all[0]))).toMatch(
      /got flatten, which groups numbers by pixel/,
    );
    expect(await complaint(() => writeKeras(zeros, all[1]))).toMatch(
      /got conv1d with explicit numbers of zeros/,
    );
    expect(await complaint(() => toPyTorch(normed, all[2]))).toMatch(/got layerNormLstm/);
    expect(await complaint(() => toKeras(normed, all[2]))).toMatch(
      /got layerNormLstm with layer normalisation/,
    );
    disposeTree(all);
  }));
