/** Random models for the tests of samplers. */
import * as tf from '@tensorflow/tfjs-core';
import { type LayerData, layerType, type SamplerModel } from '@unrolled/kernels';
import { generator, layerData } from './fused';
import type { Layer } from './reference';

const random = generator(41);
const values = (size: number, scale = 0.7) =>
  Float32Array.from({ length: size }, () => (random() * 2 - 1) * scale);

/** Recurrent layers of `units`, between an embedding (if there is a dimension) and a linear layer. */
export function samplerModel(
  kinds: Layer[],
  units: number,
  vocabularySize: number,
  dimension?: number,
): SamplerModel {
  const layers: LayerData[] = kinds.map((kind, n) =>
    layerData(kind, n > 0 ? units : (dimension ?? vocabularySize), units),
  );
  if (dimension) layers.unshift({ type: 'embedding', inputSize: vocabularySize, units: dimension });
  layers.push({
    type: 'linear',
    inputSize: units,
    units: vocabularySize,
    activation: 'linear',
    useBias: true,
  });
  const SCALES: Record<string, number> = { recurrentKernel: 0.4 };
  const weights = (layer: LayerData) =>
    Object.fromEntries(
      Object.entries(layerType(layer).parameters(layer)).map(([name, shape]) => {
        const scale = layer.type === 'linear' && name === 'kernel' ? 2 : SCALES[name];
        return [name, values(tf.util.sizeFromShape([...shape]), scale)];
      }),
    );
  return { layers: layers.map((layer) => ({ layer, params: weights(layer) })), seed: 12 };
}
