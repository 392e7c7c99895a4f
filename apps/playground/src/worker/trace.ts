/**
 * A model's forward pass in plain arithmetic, which records every gate; the fused kernels do not return them.
 * Equations and gate orders are those of `packages/cells/src/{lstm,gru,simple-rnn}.ts`. Sums are doubles, so
 * they differ from the kernels' in the seventh digit. It is computed several times a second during training,
 * so its loops allocate nothing.
 */

export interface Weights {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Values of one gate or state: [T, H], row-major. */
export type Rows = Float32Array<ArrayBuffer>;

export interface LayerTrace {
  readonly units: number;
  /** Keys are the field's letters: i, f, g, o, c, h of an LSTM; z, r, n, h of a GRU; h of a simple RNN. */
  readonly values: Readonly<Record<string, Rows>>;
}

export interface ModelTrace {
  readonly layers: readonly LayerTrace[];
  /** The surprisal −log₂ p of each character after those before it, in bits; NaN for the first character. */
  readonly surprise: Rows;
  /** The most likely next characters at each step, [T, TOP] ids and their probabilities. */
  readonly nextIds: Int32Array<ArrayBuffer>;
  readonly nextProbabilities: Rows;
}

/** TOP: number of next characters that are recorded at each step. */
export const TOP = 5;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A vector, or the id of a one-hot vector. */
type Input = ArrayLike<number> | number;

/** A recurrent layer in stepwise form. */
interface RunningLayer extends LayerTrace {
  /** Reads the input of a time step, records the gates, and returns h. The next step overwrites h. */
  read(x: Input, time: number): Float64Array;
}

type Named = Readonly<Record<string, Weights>>;

/** z ← z + x·W */
function addProduct(z: Float64Array, x: Input, { values }: Weights): void {
  if (typeof x === 'number') addRow(z, values, x, 1);
  else for (let row = 0; row < x.length; row++) addRow(z, values, row, x[row]!);
}

function addRow(z: Float64Array, values: Float32Array, row: number, by: number): void {
  const columns = z.length;
  const start = row * columns;
  for (let n = 0; n < columns; n++) z[n] = z[n]! + by * values[start + n]!;
}

/** z ← b */
function start(z: Float64Array, bias: Weights | undefined): void {
  if (bias) z.set(bias.values);
  else z.fill(0);
}

const rowsOf = (length: number, units: number): Rows => new Float32Array(length * units);

function lstm(layer: Named, length: number): RunningLayer {
  const units = layer.recurrentKernel!.shape[0]!;
  const z = new Float64Array(4 * units);
  const c = new Float64Array(units);
  const h = new Float64Array(units);
  const rows = () => rowsOf(length, units);
  const values = { i: rows(), f: rows(), g: rows(), o: rows(), c: rows(), h: rows() };
  const read = (x: Input, time: number) => {
    start(z, layer.bias);
    addProduct(z, x, layer.kernel!);
    addProduct(z, h, layer.recurrentKernel!);
    for (let n = 0, at = time * units; n < units; n++, at++) {
      const i = sigmoid(z[n]!);
      const f = sigmoid(z[units + n]!);
      const g = Math.tanh(z[2 * units + n]!);
      const o = sigmoid(z[3 * units + n]!);
      c[n] = f * c[n]! + i * g;
      h[n] = o * Math.tanh(c[n]!);
      values.i[at] = i;
      values.f[at] = f;
      values.g[at] = g;
      values.o[at] = o;
      values.c[at] = c[n]!;
      values.h[at] = h[n]!;
    }
    return h;
  };
  return { units, values, read };
}

function gru(layer: Named, length: number): RunningLayer {
  const units = layer.recurrentKernel!.shape[0]!;
  const a = new Float64Array(3 * units);
  const u = new Float64Array(3 * units);
  const h = new Float64Array(units);
  const rows = () => rowsOf(length, units);
  const values = { z: rows(), r: rows(), n: rows(), h: rows() };
  const read = (x: Input, time: number) => {
    start(a, layer.bias);
    addProduct(a, x, layer.kernel!);
    start(u, layer.recurrentBias);
    addProduct(u, h, layer.recurrentKernel!);
    for (let k = 0, at = time * units; k < units; k++, at++) {
      const z = sigmoid(a[k]! + u[k]!);
      const r = sigmoid(a[units + k]! + u[units + k]!);
      const n = Math.tanh(a[2 * units + k]! + r * u[2 * units + k]!);
      h[k] = z * h[k]! + (1 - z) * n;
      values.z[at] = z;
      values.r[at] = r;
      values.n[at] = n;
      values.h[at] = h[k]!;
    }
    return h;
  };
  return { units, values, read };
}

function rnn(layer: Named, length: number): RunningLayer {
  const units = layer.recurrentKernel!.shape[0]!;
  const z = new Float64Array(units);
  const h = new Float64Array(units);
  const values = { h: rowsOf(length, units) };
  const read = (x: Input, time: number) => {
    start(z, layer.bias);
    addProduct(z, x, layer.kernel!);
    addProduct(z, h, layer.recurrentKernel!);
    for (let n = 0; n < units; n++) h[n] = Math.tanh(z[n]!);
    values.h.set(h, time * units);
    return h;
  };
  return { units, values, read };
}

/** The settings that the forward pass depends on. */
export interface TraceSettings {
  readonly cell: string;
  readonly residual: boolean;
  readonly tied: boolean;
  /** If 0, ids are read as one-hot vectors. */
  readonly embedding: number;
}

const LAYERS: Readonly<Record<string, (layer: Named, length: number) => RunningLayer>> = { lstm, gru, rnn };

/**
 * The parameters of each part that has a parameter of this name, in the model's order, by their last names.
 */
function partsWith(params: Named, name: string): Named[] {
  return Object.keys(params)
    .filter((path) => path.split('.').at(-1) === name)
    .map((path) => {
      const prefix = path.slice(0, path.length - name.length);
      const own = Object.entries(params).filter(([other]) => other.startsWith(prefix));
      return Object.fromEntries(
        own
          .filter(([other]) => !other.slice(prefix.length).includes('.'))
          .map(([other, value]) => [other.slice(prefix.length), value]),
      );
    });
}

/**
 * Reads ids and records the values of every gate.
 *
 * @param params by their paths, as `flattenParams` gives them
 * @param ids each in 0 … V − 1
 */
export function traceModel(params: Named, settings: TraceSettings, ids: ArrayLike<number>): ModelTrace {
  const { length } = ids;
  const layers = partsWith(params, 'recurrentKernel').map((layer) => LAYERS[settings.cell]!(layer, length));
  const embeddings = partsWith(params, 'embeddings')[0]?.embeddings;
  const head = headOf(params, settings, embeddings);
  const trace: ModelTrace = {
    layers: layers.map(({ units, values }) => ({ units, values })),
    surprise: new Float32Array(length).fill(Number.NaN),
    nextIds: new Int32Array(length * TOP),
    nextProbabilities: new Float32Array(length * TOP),
  };
  for (let t = 0; t < length; t++) {
    let x: Input = embeddings ? rowOf(embeddings, ids[t]!) : ids[t]!;
    for (const layer of layers) {
      const input: Input = x;
      const h = layer.read(input, t);
      const adds = settings.residual && typeof input !== 'number' && input.length === layer.units;
      x = adds ? h.map((value, n) => value + input[n]!) : h;
    }
    const probabilities = softmax(head(x as ArrayLike<number>));
    if (t + 1 < length) trace.surprise[t + 1] = -Math.log2(probabilities[ids[t + 1]!]!);
    keepLikeliest(probabilities, trace, t * TOP);
  }
  return trace;
}

/**
 * Inserts each probability into the sorted list of the largest so far; of equal ones, the lower id is first.
 */
function keepLikeliest(
  probabilities: Float64Array,
  { nextIds, nextProbabilities }: ModelTrace,
  from: number,
) {
  for (let id = 0; id < probabilities.length; id++) {
    const probability = Math.fround(probabilities[id]!);
    let place = Math.min(id, TOP);
    while (place > 0 && nextProbabilities[from + place - 1]! < probability) place--;
    if (place >= TOP) continue;
    for (let n = TOP - 1; n > place; n--) {
      nextIds[from + n] = nextIds[from + n - 1]!;
      nextProbabilities[from + n] = nextProbabilities[from + n - 1]!;
    }
    nextIds[from + place] = id;
    nextProbabilities[from + place] = probability;
  }
}

function rowOf({ shape, values }: Weights, row: number): Float32Array {
  const width = shape[1]!;
  return values.subarray(row * width, (row + 1) * width);
}

/**
 * h → logits, which the next call overwrites. The output layer is dense, or the transposed embedding with a
 * bias.
 */
function headOf(params: Named, { tied }: TraceSettings, embeddings: Weights | undefined) {
  if (tied && embeddings) {
    const size = embeddings.shape[0]!;
    const bias = Object.entries(params).find(
      ([path, { shape }]) => path.endsWith('bias') && shape[0] === size && !path.includes('recurrent'),
    )![1];
    const logits = new Float64Array(size);
    return (h: ArrayLike<number>) => {
      start(logits, bias);
      for (let id = 0; id < size; id++) {
        const row = rowOf(embeddings, id);
        for (let n = 0; n < row.length; n++) logits[id] = logits[id]! + row[n]! * h[n]!;
      }
      return logits;
    };
  }
  const dense = partsWith(params, 'kernel').find((part) => !part.recurrentKernel)!;
  const logits = new Float64Array(dense.kernel!.shape[1]!);
  return (h: ArrayLike<number>) => {
    start(logits, dense.bias);
    addProduct(logits, h, dense.kernel!);
    return logits;
  };
}

/** In place. */
function softmax(logits: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const logit of logits) most = Math.max(most, logit);
  let sum = 0;
  for (let n = 0; n < logits.length; n++) {
    logits[n] = Math.exp(logits[n]! - most);
    sum += logits[n]!;
  }
  for (let n = 0; n < logits.length; n++) logits[n] = logits[n]! / sum;
  return logits;
}

/** The buffers of a trace, which are transferred to another thread without a copy. */
export function buffersOf({ layers, surprise, nextIds, nextProbabilities }: ModelTrace): ArrayBuffer[] {
  const rows = layers.flatMap(({ values }) => Object.values(values));
  return [...rows, surprise, nextIds, nextProbabilities].map(({ buffer }) => buffer);
}
