/**
 * The structure of a part as data. `P` is the type of the inner parts: the parts themselves in `structureOf`,
 * their descriptions in a model's description.
 */
import type { ActivationData, LayerData, PicturePadding } from '@unrolled/kernels';

/** The function that scores a source position. */
export type AttentionScore = 'additive' | 'dot' | 'general' | 'scaled';

/** The bridge from an encoder's last state to a decoder's initial state. */
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

/** Parameters and state are the inner part's. */
export interface WrapperStructure<P> {
  readonly type: 'residual' | 'lastOutput';
  readonly part: P;
}

/** Parameters and state are the inner part's; the numbers are dropout rates. */
export interface DropoutWrapperStructure<P> {
  readonly type: 'dropoutWrapper';
  readonly part: P;
  readonly input: number;
  readonly state: number;
  readonly output: number;
  readonly variational: boolean;
}

/** The state is the body's. */
export interface TiedEmbeddingStructure<P> {
  readonly type: 'tiedEmbedding';
  readonly vocabularySize: number;
  readonly body: P;
}

/** The options of `attentionWrapper`, with defaults filled in for options that affect the result. */
export interface AttentionWrapperStructure<P> {
  readonly type: 'attentionWrapper';
  readonly cell: P;
  readonly memorySize: number;
  readonly score: AttentionScore;
  /** Only for the additive score, like `normalized`. */
  readonly units?: number;
  readonly normalized?: boolean;
  readonly attentionUnits?: number;
  /** Activation of the attentional vector. */
  readonly activation?: ActivationData;
  readonly inputFeeding: boolean;
}

/** The state is the decoder's. */
export interface EncoderDecoderStructure<P> {
  readonly type: 'encoderDecoder';
  readonly encoder: P;
  readonly decoder: P;
  readonly bridge: BridgeName;
}

type Pair = readonly [number, number];

/** `channels` is the length of the vectors; numbers in `padding` are the zeros before and after. */
export interface Conv1dStructure {
  readonly type: 'conv1d';
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: 'valid' | 'same' | 'causal' | Pair;
  readonly activation: ActivationData;
  readonly useBias: boolean;
}

/** Pairs for rows and columns. */
export interface Conv2dStructure {
  readonly type: 'conv2d';
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: 'valid' | 'same' | PicturePadding;
  readonly activation: ActivationData;
  readonly useBias: boolean;
}

export interface Pool1dStructure {
  readonly type: 'pool1d';
  readonly kind: 'max' | 'average';
  readonly channels: number;
  readonly size: number;
  readonly stride: number;
}

export interface Pool2dStructure {
  readonly type: 'pool2d';
  readonly kind: 'max' | 'average';
  readonly channels: number;
  readonly size: Pair;
  readonly stride: Pair;
  readonly padding: 'valid' | 'same';
}

/** Over all steps of a row, or all pixels of a picture. */
export interface GlobalPoolStructure {
  readonly type: 'globalPool';
  readonly kind: 'max' | 'average';
  readonly channels: number;
  readonly of: 'vectors' | 'pictures';
}

/** `units` is the length of the scored vector. */
export interface AttentionPoolStructure {
  readonly type: 'attentionPool';
  readonly channels: number;
  readonly units: number;
}

export interface FlattenStructure {
  readonly type: 'flatten';
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

export interface PixelStepsStructure {
  readonly type: 'pixelSteps';
  readonly channels: number;
}

export interface LayerNormStructure {
  readonly type: 'layerNorm';
  readonly channels: number;
  readonly epsilon: number;
}

export interface LayerNormLstmStructure {
  readonly type: 'layerNormLstm';
  readonly channels: number;
  readonly units: number;
  readonly inputKind: 'vectors' | 'ids';
  readonly activation: ActivationData;
  readonly recurrentDropout: number;
  readonly epsilon: number;
}

/**
 * A convolution, pooling, normalisation, or a conversion of pictures to vectors; not a layer of
 * `@unrolled/kernels`.
 */
export type ChannelStructure =
  | Conv1dStructure
  | Conv2dStructure
  | Pool1dStructure
  | Pool2dStructure
  | GlobalPoolStructure
  | AttentionPoolStructure
  | FlattenStructure
  | PixelStepsStructure
  | LayerNormStructure
  | LayerNormLstmStructure;

/** A part that holds other parts. */
export type CompositeStructure<P> =
  | StackStructure<P>
  | BidirectionalStructure<P>
  | WrapperStructure<P>
  | DropoutWrapperStructure<P>
  | TiedEmbeddingStructure<P>
  | AttentionWrapperStructure<P>
  | EncoderDecoderStructure<P>;

/**
 * A layer of `@unrolled/kernels` (`dense` is 'linear'), a part with channels, dropout, or a part that holds
 * other parts.
 */
export type PartStructure<P> = LayerData | ChannelStructure | DropoutStructure | CompositeStructure<P>;

/** Whether the structure is that of one layer with parameters. */
export function isLayer<P>(structure: PartStructure<P>): structure is LayerData {
  return 'inputSize' in structure;
}

/** Whether the structure is a convolution, pooling, normalisation, or a conversion of pictures to vectors. */
export function hasChannels<P>(structure: PartStructure<P>): structure is ChannelStructure {
  return 'channels' in structure;
}
