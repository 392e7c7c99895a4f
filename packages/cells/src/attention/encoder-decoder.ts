import type { Tensor, Tensor3D } from '@tensorflow/tfjs-core';
import type { OptionKinds } from '@unrolled/errors';
import { checkParams } from '../check-tensors';
import { checkCell, checkContext, checkPart, checkSeed, checkSequence } from '../checks';
import {
  type AnyCell,
  type AnyLayer,
  type AnyPart,
  type AnySequencePart,
  type Cell,
  type Context,
  type InputKindOf,
  type InputOf,
  inputKindOf,
  lengthsAfter,
  nameOf,
  type ParamsOf,
  type StateOf,
} from '../contract';
import { forSite } from '../dropout';
import { builtIn, structureOf } from '../identity';
import { checkGivesSequence, checkIsSequence } from '../last-output';
import { deriveSeed } from '../random';
import { checkLengths, checkOptions, refuse } from '../refuse';
import type { BridgeName } from '../structure';
import { tidy } from '../tree';
import { checkNoTime, unrollPart } from '../unroll';
import { startOf } from './attend';
import { bridged, bridgeTree, checkBridge, initBridge } from './bridge';
import { attentionPlaces } from './places';

/** The options of {@link encoderDecoder}. */
export interface EncoderDecoderOptions {
  /** The bridge from the encoder's last state to the decoder's initial state; default 'dense'. */
  readonly bridge?: BridgeName | undefined;
}

const KINDS: OptionKinds<EncoderDecoderOptions> = {
  bridge: "'dense', 'copy', 'zero' or 'learned'?",
};

/** The parameters of an encoder–decoder. */
export type EncoderDecoderParams<E extends AnyPart, D extends AnyPart> = {
  readonly encoder: ParamsOf<E>;
  /**
   * In the form of the decoder's states: for each state `{ kernel, bias }` for 'dense', `{ initial }` for
   * 'learned', otherwise empty
   */
  readonly bridge: object;
  readonly decoder: ParamsOf<D>;
};

/** A decoder with its encoder. */
export type EncoderDecoder<E extends AnySequencePart, D extends AnyCell> = Cell<
  EncoderDecoderParams<E, D>,
  StateOf<D>,
  InputKindOf<D>
> & { readonly encoder: E; readonly decoder: D };

/**
 * An encoder and a decoder as one model, with one tree of parameters and one file. As a cell it is the
 * decoder, with the decoder's input and state. `encode` reads a source and returns the initial state.
 *
 * The bridge computes the initial state of the decoder's cells from the encoder's last state. 'dense' fits
 * any two parts. 'copy' requires the same layers, names and sizes; the states of two directions are
 * concatenated. 'zero' and 'learned' do not use the encoder. Attention wrappers in the decoder attend to the
 * encoder's output.
 *
 * @param encoder any part with an output at every step, [B, S, M]
 * @param decoder a cell, or a stack of cells
 * @throws UnrolledError if the decoder attends to vectors of another size, or the bridge does not fit
 */
export function encoderDecoder<E extends AnySequencePart, D extends AnyCell>(
  encoder: E,
  decoder: D,
  options: EncoderDecoderOptions = {},
): EncoderDecoder<E, D> {
  const scope = 'encoderDecoder';
  checkPart(scope, encoder);
  checkGivesSequence(scope, encoder);
  checkCell(scope, decoder);
  checkOptions(scope, options, KINDS);
  const { bridge = 'dense' } = options;
  const ends = { encoder, decoder, bridge };
  checkBridge(ends);
  for (const { structure } of attentionPlaces(decoder)) {
    if (structure.memorySize === encoder.outputSize) continue;
    refuse(scope, {
      expected: `memorySize ${encoder.outputSize}, the encoder's outputSize`,
      got: String(structure.memorySize),
      remedy: 'make the sizes equal; the outputSize of a bidirectional layer is that of both directions',
    });
  }
  const name = `${scope}(${nameOf(encoder)}, ${nameOf(decoder)})`;
  const model = {
    name,
    inputSize: decoder.inputSize,
    outputSize: decoder.outputSize,
    inputKind: inputKindOf(decoder) as InputKindOf<D>,
    carriesState: decoder.carriesState,
    encoder,
    decoder,
    init(seed: number) {
      checkSeed(name, seed);
      return {
        encoder: encoder.init(deriveSeed(seed, 0)),
        bridge: initBridge(ends, deriveSeed(seed, 2)),
        decoder: decoder.init(deriveSeed(seed, 1)),
      } as EncoderDecoderParams<E, D>;
    },
    zeroState: (batchSize: number) => decoder.zeroState(batchSize),
    step: ((params, input, state, context) =>
      decoder.step(params.decoder, input, state, forSite(context, 1))) as AnyCell['step'],
  } as EncoderDecoder<E, D>;
  return builtIn(model as AnyCell, {
    structure: { type: scope, encoder, decoder, bridge },
    tree: (leaf, within) => ({
      encoder: within(encoder, 'encoder'),
      bridge: bridgeTree(ends, (name, shape) => leaf(`bridge.${name}`, shape)),
      decoder: within(decoder, 'decoder'),
    }),
    unroll: (params, inputs, state, run = {}) =>
      unrollPart(decoder as AnyPart as AnyCell, params.decoder, inputs, state, {
        ...run,
        context: forSite(run.context, 1),
      }),
  }) as EncoderDecoder<E, D>;
}

/** The options of {@link encode}. */
export interface EncodeOptions {
  /** Valid steps of each row of the source, 0 … S; default all S. */
  readonly lengths?: ArrayLike<number> | undefined;
  /** Whether random parts act, as in `unroll`. Pass the context of lossOf to both. */
  readonly context?: Context | undefined;
}

const ENCODE_KINDS: OptionKinds<EncodeOptions> = { lengths: 'value?', context: 'object?' };

/**
 * Reads a source and returns the decoder's initial state, for `initialState` of `unroll`, `generate` and
 * `beamSearch`.
 *
 * @param source the encoder's input: [B, S, I], or ids [B, S]
 * @returns a state of B rows whose tensors the caller owns. Gradients flow through it to the source and the
 *   parameters
 * @throws UnrolledError if the model is not an encoder–decoder, or the source does not fit
 */
export function encode<E extends AnySequencePart, D extends AnyCell>(
  model: EncoderDecoder<E, D>,
  params: EncoderDecoderParams<E, D>,
  source: InputOf<E>,
  options: EncodeOptions = {},
): StateOf<D> {
  const scope = 'encode';
  checkPart(scope, model);
  checkOptions(scope, options, ENCODE_KINDS);
  checkContext(scope, options.context);
  const structure = structureOf(model as AnyPart);
  if (structure?.type !== 'encoderDecoder') {
    return refuse(scope, {
      expected: 'a model of encoderDecoder(encoder, decoder)',
      got: nameOf(model as AnyPart),
      remedy: 'use encoderDecoder; for a source without an encoder use attend(model, params, memory)',
    });
  }
  const { encoder, decoder } = structure;
  checkSequence(encoder, source as Tensor);
  checkNoTime(encoder, options);
  const [batchSize, positions] = (source as Tensor).shape as [number, number];
  const lengths = checkLengths(scope, options.lengths, batchSize, positions);
  checkParams(model as AnyPart, params);
  return tidy(() => {
    const run = { lengths, context: forSite(options.context, 0) };
    const start: unknown = encoder.zeroState(batchSize);
    const read = unrollPart(encoder as AnyLayer, params.encoder, source as never, start, run);
    checkIsSequence(scope, encoder, read.output);
    const cells = bridged(structure, params.bridge, read.state, batchSize);
    const memory = read.output as Tensor3D;
    const real = lengthsAfter(encoder, lengths);
    return startOf(decoder, params.decoder, { memory, lengths: real }, cells) as StateOf<D>;
  });
}
