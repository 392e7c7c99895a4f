/** A graph under construction. Values are identified by name. */
import type { Matrix } from '../matrix';
import type { AttributeValue, NodeMessage, TensorMessage, ValueMessage } from './messages';

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Number of outputs; default 1. */
  readonly outputs?: number;
}

export class Graph {
  readonly nodes: NodeMessage[] = [];
  readonly constants: TensorMessage[] = [];
  readonly inputs: ValueMessage[] = [];
  readonly outputs: ValueMessage[] = [];
  readonly #counts = new Map<string, number>();

  /**
   * Adds an operator at the path of a part, such as 'LSTM' at '0.forward', and returns the names of its
   * outputs.
   */
  add(operator: string, path: string, inputs: readonly string[], options: NodeOptions = {}): string[] {
    const name = this.#unique(path === '' ? operator : `${path}.${operator}`);
    const outputs = Array.from({ length: options.outputs ?? 1 }, (_, index) => `${name}:${index}`);
    this.nodes.push({ operator, name, inputs, outputs, attributes: options.attributes ?? {} });
    return outputs;
  }

  /** As `add`, for an operator with one output. */
  value(
    operator: string,
    path: string,
    inputs: readonly string[],
    attributes?: NodeOptions['attributes'],
  ): string {
    return this.add(operator, path, inputs, { attributes })[0]!;
  }

  /** Names the output of the last node as an output of the graph. */
  rename(value: string, name: string): void {
    const last = this.nodes.pop()!;
    this.nodes.push({ ...last, outputs: last.outputs.map((output) => (output === value ? name : output)) });
  }

  /** Adds weights as a constant. */
  weights(name: string, { shape, data }: Matrix): string {
    this.constants.push({ name, type: 'float32', shape, data });
    return name;
  }

  /** Adds integers, such as an axis or an index, as an int64 constant. Equal constants are shared. */
  integers(...values: readonly number[]): string {
    const name = `int64.${values.join('_')}`;
    return this.#once({
      name,
      type: 'int64',
      shape: [values.length],
      data: BigInt64Array.from(values, BigInt),
    });
  }

  /** Adds numbers as a float32 constant. Equal constants are shared. */
  floats(...values: readonly number[]): string {
    const name = `float32.${values.join('_')}`;
    return this.#once({ name, type: 'float32', shape: [values.length], data: Float32Array.from(values) });
  }

  /** Adds one number as a constant. */
  scalar(value: number, type: 'float32' | 'int32' | 'int64'): string {
    const data = {
      float32: () => Float32Array.of(value),
      int32: () => Int32Array.of(value),
      int64: () => BigInt64Array.of(BigInt(value)),
    };
    return this.#once({ name: `${type}.scalar.${value}`, type, shape: [], data: data[type]() });
  }

  #once(constant: TensorMessage): string {
    if (!this.constants.some(({ name }) => name === constant.name)) this.constants.push(constant);
    return constant.name;
  }

  #unique(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    this.#counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}
