export type { NamedArrays } from './arrays';
export { type FromKerasOptions, fromKeras, type ToKerasOptions, toKeras } from './keras-files';
export { fromKerasWeights, toKerasWeights } from './keras-lists';
export { type OnnxEncoderOptions, toOnnxEncoder } from './onnx/encoder';
export { type OnnxGraph, type OnnxValue, onnxGraph } from './onnx/onnx-graph';
export { type OnnxOptions, toOnnx } from './onnx/to-onnx';
export { type FromPyTorchOptions, fromPyTorch, type ToPyTorchOptions, toPyTorch } from './pytorch';
export {
  type FromTensorFlow1Options,
  fromTensorFlow1,
  type ToTensorFlow1Options,
  toTensorFlow1,
} from './tensorflow1';
