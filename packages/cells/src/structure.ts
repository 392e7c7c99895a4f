/**
 * The structure of a part as data. `P` is the type of the parts inside: the parts themselves in
 * `structureOf`, their descriptions in a model's description.
 */
import type { LayerData } from '@unrolled/kernels';

export interface DropoutStructure {
  readonly type: 'dropout';
  readonly size: number;
  readonly rate: number;
  readonly variational: boolean;
}

export interface StackStructure<P> {
  readonly type: 'stack';
  readonly parts: readonly P[];
}

export interface BidirectionalStructure<P> {
  readonly type: 'bidirectional';
  readonly forward: P;
  readonly backward: P;
}

/** Parameters and state are those of the part inside. */
export interface WrapperStructure<P> {
  readonly type: 'residual' | 'lastOutput';
  readonly part: P;
}

/** Parameters and state are those of the part inside; the numbers are rates. */
export interface DropoutWrapperStructure<P> {
  readonly type: 'dropoutWrapper';
  readonly part: P;
  readonly input: number;
  readonly state: number;
  readonly output: number;
  readonly variational: boolean;
}

/** The state is that of the body. */
export interface TiedEmbeddingStructure<P> {
  readonly type: 'tiedEmbedding';
  readonly vocabularySize: number;
  readonly body: P;
}

/** A part that holds other parts. */
export type CompositeStructure<P> =
  | StackStructure<P>
  | BidirectionalStructure<P>
  | WrapperStructure<P>
  | DropoutWrapperStructure<P>
  | TiedEmbeddingStructure<P>;

/** A layer of `@unrolled/kernels` (`dense` is 'linear'), dropout, or a part that holds other parts. */
export type PartStructure<P> = LayerData | DropoutStructure | CompositeStructure<P>;

/** Whether the structure is that of one layer with parameters. */
export function isLayer<P>(structure: PartStructure<P>): structure is LayerData {
  return 'inputSize' in structure;
}
