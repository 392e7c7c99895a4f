/**
 * The names of the fused ops in tfjs's kernel registry. A backend provides a fused path by registering
 * kernels under these names. The gradients are registered once, by name, and call the gradient kernels of the
 * current backend.
 *
 * A recurrent layer's three kernels have the attributes { layer, lengths: readonly number[] | null, reverse,
 * keep }, with `layer` as data (layers/layer-types.ts). Their inputs are x, the parameters and the initial
 * states by the names of `layerType(layer)`; `d.h` is the gradient of the final state h. If `keep` is set, a
 * gradient may follow: the kernel then has one more output, `reserve`, with the data for its gradient kernel.
 * The gradient kernel may have an additional output `dGates`, from which the input's gradient is computed.
 *
 * | kernel                    | inputs                                                         | outputs                                |
 * |---------------------------|----------------------------------------------------------------|----------------------------------------|
 * | LstmSequence, GruSequence, SimpleRnnSequence | x, parameters, states                       | output, states (, reserve)             |
 * | …Gradient                 | x, kernel, recurrentKernel, states, output, reserve, dOutput, 'd.h', … | the gradients of parameters and initial states, in order |
 * | …InputGradient            | x, kernel, reserve, dGates?, after …Gradient                   | dx                                     |
 * | EmbeddingLookup           | embeddings [V,D], ids (int32)                                  | [...ids.shape, D]                      |
 * | EmbeddingLookupGradient   | dOutput, ids; vocabularySize                                   | dEmbeddings [V,D]                      |
 * | SparseSoftmaxCrossEntropy | logits […,V], ids […] (elsewhere than on `unrolled` [N,V], [N]); mean | loss of the ids' shape, or its mean [] with mean; kept, what the gradient wants |
 * | SparseSoftmaxCrossEntropyGradient | dLoss, kept                                            | dLogits                                |
 * | Ctc                       | logits [B,T,C]; targets, lengths, blank, zeroInfinity, keep    | losses [B] (, dLogits with keep)       |
 * | Linear                    | x […,I], kernel [I,O], bias? [O]                               | […,O]                                  |
 * | LinearGradient            | x, dOutput; hasBias                                            | dKernel (, dBias)                      |
 * | LinearInputGradient       | dOutput, kernel                                                | dx                                     |
 * | SequenceStack             | x, 'i.name' for parameters and states of layer i; layers, lengths, reverse, keep | (reserve,) output, each layer's states |
 * | SequenceStackGradient     | reserve, dOutput, 'i.d.h', …                                   | the gradients of 'i.name', in order    |
 * | SequenceStackInputGradient | reserve, after SequenceStackGradient                          | dx                                     |
 * | LastStep                  | x [B,T,O]; lengths                                             | [B,O]                                  |
 * | LastStepGradient          | dOutput [B,O]; time, lengths                                   | dx [B,T,O]                             |
 * | MaskSequence              | x [B,T,N]; lengths                                             | [B,T,N]                                |
 * | LinearRecurrence          | a, b, initialState, or the pre-activations a; kind, positive, lengths, reverse | output, state |
 * | LinearRecurrenceGradient  | a, initialState, output, dOutput, dState                       | the gradients of a, initialState, b    |
 * | Attention, AdditiveAttention | query, keys, memory, valid (, vector)                       | context, alignments; see ops/attention.ts |
 * | AttentionGradient         | the same, alignments, dContext, dAlignments                    | the gradients of query, keys, memory (, of vector, by row) |
 * | AttentionSequence         | x, parameters, states, a source; see ops/attention-sequence.ts | (kept,) output, attention, alignments, states |
 * | AttentionSequenceGradient | kept, dOutput, dAttention, dAlignments, 'd.h', …               | the gradients of x and of the other inputs, in order (of vector, by row) |
 * | Positive                  | x                                                              | g(x), see ops/positive.ts              |
 * | PositiveGradient          | dOutput, x                                                     | dx                                     |
 * | Convolution               | x [B,H,W,C], filter [h,w,C,O], bias? [O]; tfjs's Conv2DInfo    | [B,H',W',O]                            |
 * | ConvolutionInputGradient  | dOutput, filter; Conv2DInfo                                    | dx                                     |
 * | ConvolutionFilterGradient | x, dOutput; Conv2DInfo                                         | dFilter                                |
 * | UpdateParameters          | see ops/update-parameters.ts                                   | none; in place                         |
 */
export const KERNEL = {
  lstmSequence: 'LstmSequence',
  gruSequence: 'GruSequence',
  simpleRnnSequence: 'SimpleRnnSequence',
  sequenceStack: 'SequenceStack',
  lastStep: 'LastStep',
  maskSequence: 'MaskSequence',
  embeddingLookup: 'EmbeddingLookup',
  softmaxCrossEntropy: 'SparseSoftmaxCrossEntropy',
  ctcLosses: 'Ctc',
  linear: 'Linear',
  linearRecurrence: 'LinearRecurrence',
  attention: 'Attention',
  attentionSequence: 'AttentionSequence',
  positive: 'Positive',
  convolution: 'Convolution',
  updateParameters: 'UpdateParameters',
} as const;

/** An op of this package for which a backend may register a fused kernel. */
export type FusedOp = keyof typeof KERNEL;

/** An op of one recurrent layer over a sequence. */
export type SequenceOp = 'lstmSequence' | 'gruSequence' | 'simpleRnnSequence';

/**
 * The ops with kernels for TensorFlow's library. The other ops only reduce tfjs's bookkeeping, which would
 * save little there.
 */
export type NativeOp = Exclude<
  FusedOp,
  | 'sequenceStack'
  | 'lastStep'
  | 'maskSequence'
  | 'ctcLosses'
  | 'linearRecurrence'
  | 'attention'
  | 'attentionSequence'
  | 'positive'
  | 'convolution'
>;
