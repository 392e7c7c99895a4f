/**
 * An embedding under a recurrent layer as one table. The share of an id's row e in the layer's
 * pre-activations, b + e·W, is the same in every step, so it is computed once for each id. A layer that reads
 * ids begins with that row; its sum goes on with the state's share, in the same order as from e.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { MatmulArguments } from '../../generated/abi';
import { isRecurrent } from '../../layers/layer-types';
import { packedAt } from '../backend/packed-weights';
import type { UnrolledBackend } from '../backend/unrolled-backend';
import type { LayerStep, StepPart } from './step-parts';

const WHAT = 'the steps of a model';

/**
 * The parts, of which an embedding at the beginning is taken into the recurrent layer that alone reads it. A
 * table of more ids than the embedding has numbers would be larger than the kernel that it stands for.
 */
export function withEmbedded(parts: readonly StepPart[]): readonly StepPart[] {
  const [first, second, ...rest] = parts;
  if (first?.type === 'attention' && !first.inputFeeding) {
    return [{ ...first, cell: withEmbedded(first.cell) }, ...parts.slice(1)];
  }
  const isTaken = first?.type === 'layer' && first.layer.type === 'embedding' && second !== undefined;
  if (!isTaken || first.layer.inputSize > first.layer.units) return parts;
  const reader = embedded(second, first);
  return reader ? [reader, ...rest] : parts;
}

/** A part that reads what an embedding gives, with the embedding in it. */
function embedded(part: StepPart, embedding: LayerStep): StepPart | undefined {
  if (part.type === 'layer') {
    if (!isRecurrent(part.layer)) return undefined;
    const { embeddings } = embedding.params;
    const layer = { ...part.layer, inputSize: embedding.layer.inputSize };
    return { ...part, layer, params: { ...part.params, embeddings: embeddings! }, takesIds: true };
  }
  const [first, ...rest] = part.cell;
  const reader = first && !part.inputFeeding ? embedded(first, embedding) : undefined;
  return reader && { ...part, cell: [reader, ...rest] };
}

/**
 * Where the table lies, `[V, G·H]`, and the bias that adds nothing to it: −0, since 0 would turn a −0.
 * Both stay until a number of the embedding, the kernel or the bias is written over.
 */
export function embeddedKernel(
  backend: UnrolledBackend,
  { embeddings, kernel, bias }: Readonly<Record<string, Tensor>>,
): { readonly kernel: number; readonly bias: number } {
  const { engine } = backend;
  const [ids, inner] = embeddings!.shape as [number, number];
  const columns = kernel!.shape[1]!;
  const of = (tensor: Tensor) => backend.resident(tensor, WHAT).packed;
  const [rows, weights, first] = [of(embeddings!), of(kernel!), of(bias!)];
  const name = `embedded ${rows.number} ${first.number}`;
  const mark = { name: `embedded by ${weights.number}`, bytes: 4 };
  const wanted = [
    { name, bytes: 4 * (ids + 1) * columns, of: weights },
    { ...mark, of: rows },
    { ...mark, of: first },
  ];
  const [table] = packedAt(engine, wanted, ([to]) => {
    const sizes = engine.sizes('matmul');
    const work = ids * columns * inner;
    const threads = engine.threadsFor(work);
    try {
      engine.write(MatmulArguments, {
        ...{ batch: 1, rows: ids, columns, inner, transposeA: false, transposeB: false },
        ...{ aBatch: 0, bBatch: 0, aCopy: 0 },
        a: backend.address(embeddings!, WHAT),
        b: backend.address(kernel!, WHAT),
        bias: backend.address(bias!, WHAT),
        c: to!,
        packed: engine.temporary(4 * sizes.paddedColumns(columns) * inner, WHAT),
        scratch: engine.temporary(sizes.productScratchBytes * threads, WHAT),
      });
      engine.run('packMatmul', engine.threadsToPack(columns * inner));
      engine.run('matmul', threads);
    } finally {
      engine.releaseTemporaries();
    }
    const end = to! / 4 + ids * columns;
    engine.float32.fill(-0, end, end + columns);
  });
  return { kernel: table!, bias: table! + 4 * ids * columns };
}
