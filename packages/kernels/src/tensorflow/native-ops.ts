import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Attribute, TensorFlowBackend } from './tensorflow-backend';

/** A tensor of TensorFlow that is not registered with tfjs. */
export type Id = number;

/**
 * TensorFlow's ops on the binding's own tensors. They use no tfjs tensors, tape or scopes, because a sequence
 * runs hundreds of ops. The result of an op lives until `free`, `toTensor` or `end`. In the comments R is the
 * number of rows and N of columns.
 */
export class NativeOps {
  /** The tensors that this object must free, with their shapes. */
  private readonly live = new Map<Id, number[]>();
  private readonly constants = new Map<string, Id>();
  /** `T: float`, an attribute of most ops. */
  private readonly float: Attribute;

  constructor(readonly backend: TensorFlowBackend) {
    this.float = this.type('T', backend.binding.TF_FLOAT);
  }

  private get binding() {
    return this.backend.binding;
  }

  type(name: string, value: number): Attribute {
    return { name, type: this.binding.TF_ATTR_TYPE, value };
  }

  integer(name: string, value: number): Attribute {
    return { name, type: this.binding.TF_ATTR_INT, value };
  }

  boolean(name: string, value: boolean): Attribute {
    return { name, type: this.binding.TF_ATTR_BOOL, value };
  }

  number(name: string, value: number): Attribute {
    return { name, type: this.binding.TF_ATTR_FLOAT, value };
  }

  string(name: string, value: string): Attribute {
    return { name, type: this.binding.TF_ATTR_STRING, value };
  }

  private int32(name: string): Attribute {
    return this.type(name, this.binding.TF_INT32);
  }

  /** Runs any op with one output. */
  one(name: string, inputs: Id[], ...attributes: Attribute[]): Id {
    return this.many(name, inputs, 1, ...attributes)[0]!;
  }

  /** Runs any op; `T: float` is added to the attributes. */
  many(name: string, inputs: Id[], outputs: number, ...attributes: Attribute[]): Id[] {
    return this.run(name, inputs, outputs, [this.float, ...attributes]);
  }

  /** Runs any op with exactly these attributes. */
  run(name: string, inputs: Id[], outputs: number, attributes: Attribute[]): Id[] {
    return this.binding.executeOp(name, attributes, inputs, outputs).map(({ id, shape }) => {
      this.live.set(id, shape);
      return id;
    });
  }

  /** The data of a tfjs tensor, which tfjs still owns. */
  input(tensor: TensorInfo): Id {
    return this.backend.getInputTensorIds([tensor])[0]!;
  }

  private make(shape: number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): Id {
    const id = this.binding.createTensor(shape, dtype, values);
    this.live.set(id, shape);
    return id;
  }

  floats(values: Float32Array, shape: number[]): Id {
    return this.make(shape, this.binding.TF_FLOAT, values);
  }

  integers(values: ArrayLike<number>, shape = [values.length]): Id {
    return this.make(shape, this.binding.TF_INT32, Int32Array.from(values));
  }

  booleans(values: Uint8Array, shape: number[]): Id {
    return this.make(shape, this.binding.TF_BOOL, values);
  }

  scalar(value: number): Id {
    return this.constant(`float ${value}`, () => this.floats(Float32Array.of(value), []));
  }

  /** An int32 scalar for an axis. */
  private axis(value: number): Id {
    return this.constant(`axis ${value}`, () => this.integers([value], []));
  }

  private list(values: number[]): Id {
    return this.constant(`list ${values}`, () => this.integers(values));
  }

  private constant(key: string, make: () => Id): Id {
    const id = this.constants.get(key) ?? make();
    this.constants.set(key, id);
    return id;
  }

  /** op(a)·op(b) */
  matMul(a: Id, b: Id, { transposeA = false, transposeB = false } = {}): Id {
    return this.one(
      'MatMul',
      [a, b],
      this.boolean('transpose_a', transposeA),
      this.boolean('transpose_b', transposeB),
    );
  }

  add = (a: Id, b: Id) => this.one('AddV2', [a, b]);
  subtract = (a: Id, b: Id) => this.one('Sub', [a, b]);
  multiply = (a: Id, b: Id) => this.one('Mul', [a, b]);
  sigmoid = (x: Id) => this.one('Sigmoid', [x]);
  tanh = (x: Id) => this.one('Tanh', [x]);

  sum(terms: Id[]): Id {
    return this.one('AddN', terms, this.integer('N', terms.length));
  }

  /** x [R,N] + bias [N] */
  addBias(x: Id, bias: Id): Id {
    return this.one('BiasAdd', [x, bias], this.string('data_format', 'NHWC'));
  }

  /** Sums over the rows: [R,N] → [N] */
  sumOfRows(x: Id): Id {
    return this.one('BiasAddGrad', [x], this.string('data_format', 'NHWC'));
  }

  /** Equal parts. Along axis 0 they share the memory of the whole tensor. */
  split(x: Id, parts: number, axis: number): Id[] {
    return this.many('Split', [this.axis(axis), x], parts, this.integer('num_split', parts));
  }

  /** Parts of the given sizes. */
  splitAt(x: Id, sizes: number[], axis: number): Id[] {
    const attributes = [this.integer('num_split', sizes.length), this.int32('Tlen')];
    return this.many('SplitV', [x, this.list(sizes), this.axis(axis)], sizes.length, ...attributes);
  }

  concat(parts: Id[], axis: number): Id {
    if (parts.length === 1) return this.one('Identity', parts);
    const inputs = [...parts, this.axis(axis)];
    return this.one('ConcatV2', inputs, this.int32('Tidx'), this.integer('N', parts.length));
  }

  /** Stacks tensors along a new axis. */
  stack(parts: Id[], axis: number): Id {
    return this.one('Pack', parts, this.integer('N', parts.length), this.integer('axis', axis));
  }

  reshape(x: Id, shape: number[]): Id {
    return this.one('Reshape', [x, this.list(shape)], this.int32('Tshape'));
  }

  reshapeIntegers(x: Id, shape: number[]): Id {
    const attributes = [this.int32('T'), this.int32('Tshape')];
    return this.run('Reshape', [x, this.list(shape)], 1, attributes)[0]!;
  }

  /** The sum of a vector [N], a scalar. */
  mean(x: Id): Id {
    return this.one('Mean', [x, this.list([0])], this.int32('Tidx'), this.boolean('keep_dims', false));
  }

  transpose(x: Id, order: number[]): Id {
    return this.one('Transpose', [x, this.list(order)], this.int32('Tperm'));
  }

  /** Reverses axis 1 of [B,T,…]; with lengths [B] it reverses only the first `length` entries. */
  reverseTime(x: Id, lengths?: readonly number[] | null): Id {
    if (!lengths) return this.one('ReverseV2', [x, this.list([1])], this.int32('Tidx'));
    const attributes = [this.integer('seq_dim', 1), this.integer('batch_dim', 0), this.int32('Tlen')];
    return this.one('ReverseSequence', [x, this.list([...lengths])], ...attributes);
  }

  /** Rows of a table [V,N] for ids [R] → [R,N]. */
  gather(table: Id, ids: Id): Id {
    const attributes = [this.type('Tparams', this.binding.TF_FLOAT), this.int32('Tindices')];
    return this.run('GatherV2', [table, ids, this.axis(0)], 1, [...attributes, this.int32('Taxis')])[0]!;
  }

  /** ids [R] → [R,N] */
  oneHot(ids: Id, size: number): Id {
    const inputs = [ids, this.axis(size), this.scalar(1), this.scalar(0)];
    return this.one('OneHot', inputs, this.integer('axis', -1), this.int32('TI'));
  }

  /** Sums rows [R,N] by their ids [R] into a table of V rows: the gradient of `gather`. */
  sumByIds(rows: Id, ids: Id, count: number): Id {
    const attributes = [this.int32('Tindices'), this.int32('Tnumsegments')];
    return this.one('UnsortedSegmentSum', [rows, ids, this.axis(count)], ...attributes);
  }

  /** a where the condition is true, else b; shapes are broadcast. */
  select(condition: Id, a: Id, b: Id): Id {
    return this.one('SelectV2', [condition, a, b]);
  }

  /** Turns a tensor into a tfjs tensor. From then on tfjs frees it. */
  toTensor(id: Id): Tensor {
    const shape = this.live.get(id)!;
    this.live.delete(id);
    return this.backend.createOutputTensor({ id, shape, dtype: this.binding.TF_FLOAT });
  }

  /** The values of a float tensor. */
  read(id: Id): Float32Array {
    return this.binding.tensorDataSync(id) as Float32Array;
  }

  free(...ids: Id[]): void {
    for (const id of ids) if (this.live.delete(id)) this.binding.deleteTensor(id);
  }

  /** Frees the remaining tensors. */
  end(): void {
    this.free(...this.live.keys());
  }
}

/** Runs a function with ops whose tensors are freed when it returns or throws. */
export function withNativeOps<R>(backend: TensorFlowBackend, run: (ops: NativeOps) => R): R {
  const ops = new NativeOps(backend);
  try {
    return run(ops);
  } finally {
    ops.end();
  }
}
