// The built packages of one checkout, and the few places where their API may differ between checkouts.
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The public API that the digests use, located as by the benchmark of that checkout. It needs Node's flag
 * `--experimental-import-meta-resolve`.
 */
export async function loadPackages(checkout) {
  const load = (name, from = 'bench') =>
    import(import.meta.resolve(name, pathToFileURL(path.join(checkout, from, 'package.json')).href));
  const tf = await load('@tensorflow/tfjs-core');
  const [kernels, cells, losses, training] = [
    await load('@unrolled/kernels'),
    await load('@unrolled/cells'),
    await load('@unrolled/losses'),
    await load('@unrolled/training'),
  ];
  if (!tf.findBackendFactory('cpu')) await load('@tensorflow/tfjs-backend-cpu', 'packages/kernels');
  tf.enableProdMode();
  return { tf, kernels, cells, losses, training };
}

/** Selects a backend: `unrolled` with its binary or native, and its threads; or tfjs's `cpu`. */
export async function selectBackend({ tf, kernels }, { binary, threads, executor }) {
  if (binary === undefined && executor === undefined) return void (await tf.setBackend('cpu'));
  await kernels.useUnrolledBackend({ ...(binary ? { binary } : {}), threads });
  const { executor: chosen, ...info } = kernels.unrolledBackendInfo();
  if (info.threads !== threads) throw new Error(`expected ${threads} threads, got ${info.threads}`);
  if (binary !== undefined && info.binary !== binary)
    throw new Error(`expected ${binary} SIMD, got ${info.binary}`);
  if (executor !== undefined && chosen?.name !== executor)
    throw new Error(
      `expected ${executor} kernels, got none: ${chosen?.reason} (npm run native-kernels:build)`,
    );
}

/**
 * Functions that generate and score texts have one of these names for the model's option, depending on the
 * checkout.
 */
export const textModel = (model, params) => ({ cell: model, layer: model, model, params });

/**
 * The sampling kernel, which samples in WebAssembly, for one-hot ids, recurrent layers of one kind and a
 * dense layer.
 *
 * @param layer its kind and options, such as `{ type: 'gru', variant: 'reset-after' }`
 */
export function createSampler({ kernels, cells }, { layer, units, vocabularySize, params, seed }) {
  const flat = cells.flattenParams(params);
  const values = (name) => flat[name]?.dataSync();
  const names = ['kernel', 'recurrentKernel', 'bias', 'recurrentBias'];
  const weightsOf = (index) =>
    Object.fromEntries(
      names.flatMap((name) => (flat[`${index}.${name}`] ? [[name, values(`${index}.${name}`)]] : [])),
    );
  const recurrent = Array.from({ length: params.length - 1 }, (_, index) => weightsOf(index));
  const dense = weightsOf(recurrent.length);
  if (!kernels.canSample) {
    const layers = recurrent.map((weights) => ({ ...layer, units, ...weights }));
    return kernels.createSampler({ vocabularySize, layers, dense, seed });
  }
  const activations =
    layer.type === 'simpleRnn' ? {} : { activation: 'tanh', recurrentActivation: 'sigmoid' };
  const linear = {
    type: 'linear',
    inputSize: units,
    units: vocabularySize,
    activation: 'linear',
    useBias: true,
  };
  const layers = [
    ...recurrent.map((weights, index) => ({
      layer: {
        activation: 'tanh',
        ...activations,
        ...layer,
        inputSize: index === 0 ? vocabularySize : units,
        units,
      },
      params: weights,
    })),
    { layer: linear, params: dense },
  ];
  return kernels.createSampler({ layers, seed });
}
