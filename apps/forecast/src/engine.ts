/**
 * The parts that load TensorFlow.js. Commands import this file when they run, so --help is fast.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';

export { backtestCollection } from '@unrolled/forecaster';
export { selectBackend } from '@unrolled/kernels/node';
export { interruptSignal } from '@unrolled/runs/node';
export { globalMethod } from './method/global';
export { hybridMethod } from './method/hybrid';
export { loadModel, modelFiles } from './model-directory';

// Does the same as `quietTensorflow` when tfjs-core is already loaded.
enableProdMode();
