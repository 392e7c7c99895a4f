import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/** An attribute of a TensorFlow op; `type` is one of the binding's TF_ATTR_ constants. */
export interface Attribute {
  name: string;
  type: number;
  value: number | boolean | string | number[];
}

/** A tensor in the binding's table. */
interface NativeTensor {
  id: number;
  shape: number[];
  dtype: number;
}

/** The parts of tfjs-node's binding that this package uses. */
export interface Binding {
  TF_FLOAT: number;
  TF_INT32: number;
  TF_BOOL: number;
  TF_ATTR_STRING: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_TYPE: number;
  TF_ATTR_SHAPE: number;
  executeOp(name: string, attributes: Attribute[], inputIds: number[], outputs: number): NativeTensor[];
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  getNumOfTensors(): number;
}

/**
 * The parts of tfjs-node's backend `tensorflow`, 4.22, that this package uses. Its own types are only
 * available with the add-on.
 */
export interface TensorFlowBackend extends KernelBackend {
  readonly binding: Binding;
  readonly isUsingGpuDevice: boolean;
  /** The binding's ids of tfjs tensors. Tensors that are not in TensorFlow's memory are copied there. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  /** Creates a tfjs tensor that owns the binding's tensor. */
  createOutputTensor(tensor: NativeTensor): Tensor;
}
