/**
 * A model's forward pass in plain arithmetic, which keeps every gate: what the fused kernels compute inside
 * and do not give. Equations and gate orders as in `packages/cells/src/{lstm,gru,simple-rnn}.ts`; numbers are
 * doubles, so they differ from the kernels' in the seventh digit.
 */

export interface Weights {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Values of one gate or state: [T, H], row-major. */
export type Rows = Float32Array;

export interface LayerTrace {
  readonly units: number;
  /** By the field's letters: i, f, g, o, c, h of an LSTM; z, r, n, h of a GRU; h of a simple RNN. */
  readonly values: Readonly<Record<string, Rows>>;
}

export interface ModelTrace {
  readonly layers: readonly LayerTrace[];
  /** −log₂ p of each character after those before it, in bits; NaN for the first, which nothing precedes. */
  readonly surprise: Float32Array;
  /** The most likely next characters for each step, [T, TOP] ids and their probabilities. */
  readonly nextIds: Int32Array;
  readonly nextProbabilities: Float32Array;
}

/** Next characters that are kept of each step. */
export const TOP = 5;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A recurrent layer, ready to step: gives the values of its gates and states after reading `x`. */
type Step = (x: ArrayLike<number> | number) => Record<string, Float64Array>;

type Named = Readonly<Record<string, Weights>>;

/** z = x·W + b, in which x is a vector, or the id of a one-hot one. */
function product(x: ArrayLike<number> | number, kernel: Weights, bias: Weights | undefined): Float64Array {
  const columns = kernel.shape[1]!;
  const z = Float64Array.from(bias ? bias.values : { length: columns }, (value) => value ?? 0);
  const add = (row: number, by: number) => {
    if (by === 0) return;
    const start = row * columns;
    for (let n = 0; n < columns; n++) z[n] = z[n]! + by * kernel.values[start + n]!;
  };
  if (typeof x === 'number') add(x, 1);
  else for (let row = 0; row < x.length; row++) add(row, x[row]!);
  return z;
}

const map = (length: number, of: (unit: number) => number) => Float64Array.from({ length }, (_, n) => of(n));

function lstmStep(layer: Named): Step {
  const units = layer.recurrentKernel!.shape[0]!;
  let [h, c] = [new Float64Array(units), new Float64Array(units)];
  return (x) => {
    const z = product(x, layer.kernel!, layer.bias);
    const u = product(h, layer.recurrentKernel!, undefined);
    const pre = (gate: number, unit: number) => z[gate * units + unit]! + u[gate * units + unit]!;
    const i = map(units, (n) => sigmoid(pre(0, n)));
    const f = map(units, (n) => sigmoid(pre(1, n)));
    const g = map(units, (n) => Math.tanh(pre(2, n)));
    const o = map(units, (n) => sigmoid(pre(3, n)));
    const before = c;
    c = map(units, (n) => f[n]! * before[n]! + i[n]! * g[n]!);
    h = map(units, (n) => o[n]! * Math.tanh(c[n]!));
    return { i, f, g, o, c, h };
  };
}

function gruStep(layer: Named): Step {
  const units = layer.recurrentKernel!.shape[0]!;
  let h = new Float64Array(units);
  return (x) => {
    const a = product(x, layer.kernel!, layer.bias);
    const u = product(h, layer.recurrentKernel!, layer.recurrentBias);
    const z = map(units, (n) => sigmoid(a[n]! + u[n]!));
    const r = map(units, (n) => sigmoid(a[units + n]! + u[units + n]!));
    const n = map(units, (k) => Math.tanh(a[2 * units + k]! + r[k]! * u[2 * units + k]!));
    const before = h;
    h = map(units, (k) => z[k]! * before[k]! + (1 - z[k]!) * n[k]!);
    return { z, r, n, h };
  };
}

function rnnStep(layer: Named): Step {
  const units = layer.recurrentKernel!.shape[0]!;
  let h = new Float64Array(units);
  return (x) => {
    const a = product(x, layer.kernel!, layer.bias);
    const u = product(h, layer.recurrentKernel!, undefined);
    h = map(units, (n) => Math.tanh(a[n]! + u[n]!));
    return { h };
  };
}

/** The settings of a model that the forward pass depends on. */
export interface TraceSettings {
  readonly cell: string;
  readonly residual: boolean;
  readonly tied: boolean;
  /** 0 reads ids as one-hot vectors. */
  readonly embedding: number;
}

const STEPS: Readonly<Record<string, (layer: Named) => Step>> = {
  lstm: lstmStep,
  gru: gruStep,
  rnn: rnnStep,
};

/** The parameters of each part that has the one named, in the model's order, by their last names. */
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
 * Reads ids and keeps what every gate does.
 *
 * @param params by their paths, as `flattenParams` gives them
 * @param ids each in 0 … V − 1
 */
export function traceModel(params: Named, settings: TraceSettings, ids: ArrayLike<number>): ModelTrace {
  const layers = partsWith(params, 'recurrentKernel');
  const steps = layers.map((layer) => STEPS[settings.cell]!(layer));
  const embeddings = partsWith(params, 'embeddings')[0]?.embeddings;
  const head = headOf(params, settings, embeddings);
  const length = ids.length;
  const traces = layers.map((layer) => ({
    units: layer.recurrentKernel!.shape[0]!,
    values: {} as Record<string, Rows>,
  }));
  const surprise = new Float32Array(length).fill(Number.NaN);
  const nextIds = new Int32Array(length * TOP);
  const nextProbabilities = new Float32Array(length * TOP);
  for (let t = 0; t < length; t++) {
    const id = ids[t]!;
    let x: ArrayLike<number> | number = embeddings ? rowOf(embeddings, id) : id;
    for (const [at, step] of steps.entries()) {
      const values = step(x);
      const { units, values: kept } = traces[at]!;
      for (const [name, row] of Object.entries(values)) {
        kept[name] ??= new Float32Array(length * units);
        kept[name].set(row, t * units);
      }
      const h: Float64Array = values.h!;
      const input: ArrayLike<number> | number = x;
      const adds = settings.residual && typeof input !== 'number' && input.length === units;
      x = adds ? h.map((value, n) => value + (input as ArrayLike<number>)[n]!) : h;
    }
    const probabilities = softmax(head(x as ArrayLike<number>));
    if (t + 1 < length) surprise[t + 1] = -Math.log2(probabilities[ids[t + 1]!]!);
    const best = Array.from(probabilities.keys()).sort((a, b) => probabilities[b]! - probabilities[a]!);
    for (const [n, candidate] of best.slice(0, TOP).entries()) {
      nextIds[t * TOP + n] = candidate;
      nextProbabilities[t * TOP + n] = probabilities[candidate]!;
    }
  }
  return { layers: traces, surprise, nextIds, nextProbabilities };
}

function rowOf({ shape, values }: Weights, row: number): Float32Array {
  const width = shape[1]!;
  return values.subarray(row * width, (row + 1) * width);
}

/** h → logits: a dense layer, or the embedding's transpose and a bias. */
function headOf(params: Named, { tied }: TraceSettings, embeddings: Weights | undefined) {
  if (tied && embeddings) {
    const bias = Object.entries(params).find(
      ([path, { shape }]) =>
        path.endsWith('bias') && shape[0] === embeddings.shape[0] && !path.includes('recurrent'),
    )![1];
    return (h: ArrayLike<number>) =>
      map(embeddings.shape[0]!, (id) => {
        const row = rowOf(embeddings, id);
        let sum = bias.values[id]!;
        for (let n = 0; n < row.length; n++) sum += row[n]! * h[n]!;
        return sum;
      });
  }
  const dense = partsWith(params, 'kernel').find((part) => !part.recurrentKernel)!;
  return (h: ArrayLike<number>) => product(h, dense.kernel!, dense.bias);
}

function softmax(logits: Float64Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = logits.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}
