/**
 * The structure of a part as data. `P` is the type of the parts inside: the parts themselves in
 * `structureOf`, their descriptions in a model's description.
 */
import type { ActivationData, LayerData } from '@unrolled/kernels';

/** How a position of a source is scored. */
export type AttentionScore = 'additive' | 'dot' | 'general' | 'scaled';

/** What makes a decoder's first state of an encoder's last one. */
export type BridgeName = 'dense' | 'copy' | 'zero' | 'learned';

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

/** How a cell attends to a source; the options of `attentionWrapper`, those filled in that decide what is computed. */
export interface AttentionWrapperStructure<P> {
  readonly type: 'attentionWrapper';
  readonly cell: P;
  readonly memorySize: number;
  readonly score: AttentionScore;
  /** Of the additive score alone, as `normalized`. */
  readonly units?: number;
  readonly normalized?: boolean;
  readonly attentionUnits?: number;
  /** Of the attentional vector. */
  readonly activation?: ActivationData;
  readonly inputFeeding: boolean;
}

/** The state is that of the decoder. */
export interface EncoderDecoderStructure<P> {
  readonly type: 'encoderDecoder';
  readonly encoder: P;
  readonly decoder: P;
  readonly bridge: BridgeName;
}

/** A part that holds other parts. */
export type CompositeStructure<P> =
  | StackStructure<P>
  | BidirectionalStructure<P>
  | WrapperStructure<P>
  | DropoutWrapperStructure<P>
  | TiedEmbeddingStructure<P>
  | AttentionWrapperStructure<P>
  | EncoderDecoderStructure<P>;

/** A layer of `@unrolled/kernels` (`dense` is 'linear'), dropout, or a part that holds other parts. */
export type PartStructure<P> = LayerData | DropoutStructure | CompositeStructure<P>;

/** Whether the structure is that of one layer with parameters. */
export function isLayer<P>(structure: PartStructure<P>): structure is LayerData {
  return 'inputSize' in structure;
}
