export { type Dtype, type DtypeArrays, dtypes, type SafetensorsTensor } from './dtypes';
export { type OtherFormat, otherFormat } from './other-formats';
export { type ReadOptions, readSafetensors, type SafetensorsFile } from './read';
export { bfloat16ToFloat32, float16ToFloat32, toFloat32 } from './to-float32';
export { type Metadata, type NamedTensors, type WriteOptions, writeSafetensors } from './write';
