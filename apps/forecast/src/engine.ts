/**
 * The parts that load TensorFlow.js. Commands import this file when they run, so that --help is there at
 * once.
 */
import { enableProdMode } from '@tensorflow/tfjs-core';

export { backtestCollection } from '@unrolled/forecaster';
export { selectBackend } from '@unrolled/kernels/node';
export { interruptSignal } from '@unrolled/runs/node';
export { globalMethod } from './method/global';
export { hybridMethod } from './method/hybrid';
export { loadModel, modelFiles } from './model-directory';

// As `quietTensorflow` does, where tfjs-core is loaded already.
enableProdMode();
