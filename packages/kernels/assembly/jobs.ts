/**
 * One entry for every job, so that the main thread and the workers call by number. The numbers stand in
 * `src/wasm/engine/jobs.ts`.
 */

import { BinaryArguments, binary, UnaryArguments, unary } from './elementwise';
import { EmbeddingArguments, embeddingBackward, embeddingForward } from './embedding';
import { HardSigmoid, Sigmoid } from './gate-activation';
import { gruBackward, gruForward, gruPackBackward } from './gru';
import { LinearGradientArguments, linearWeightGradients, sumLinearGradients } from './linear';
import { lstmBackward, lstmForward, lstmPackBackward } from './lstm';
import { MatmulArguments, matmulPack, matmulRows } from './matmul';
import { gradientSquares, UpdateArguments, updateParameters } from './optimizer';
import { SamplerArguments, sample } from './sampler';
import { LSTM, RNN_TANH, SequenceArguments } from './sequence';
import { packForward } from './sequence-input';
import {
  packInputGradient,
  packWeightOperands,
  sequenceInputGradient,
  sequenceWeightGradients,
  sumWeightGradients,
} from './sequence-weights';
import { rnnBackward, rnnForward, rnnPackBackward } from './simple-rnn';
import { SoftmaxArguments, softmax } from './softmax';
import { CrossEntropyArguments, crossEntropyBackward, crossEntropyForward } from './softmax-cross-entropy';
import { SumArguments, sum } from './sum';

export function runJob(job: i32, pointer: usize, index: i32, threads: i32): void {
  if (job < 10) sequenceJob(job, changetype<SequenceArguments>(pointer), index, threads);
  else if (job === 10) matmulPack(changetype<MatmulArguments>(pointer), index, threads);
  else if (job === 11) matmulRows(changetype<MatmulArguments>(pointer), index, threads);
  else if (job === 12) linearWeightGradients(changetype<LinearGradientArguments>(pointer), index, threads);
  else if (job === 13) sumLinearGradients(changetype<LinearGradientArguments>(pointer), index, threads);
  else if (job === 20) crossEntropyForward(changetype<CrossEntropyArguments>(pointer), index, threads);
  else if (job === 21) crossEntropyBackward(changetype<CrossEntropyArguments>(pointer), index, threads);
  else if (job === 22) softmax(changetype<SoftmaxArguments>(pointer), index, threads);
  else if (job === 30) embeddingForward(changetype<EmbeddingArguments>(pointer), index, threads);
  else if (job === 31) embeddingBackward(changetype<EmbeddingArguments>(pointer), index, threads);
  else if (job === 40) gradientSquares(changetype<UpdateArguments>(pointer), index, threads);
  else if (job === 41) updateParameters(changetype<UpdateArguments>(pointer), index, threads);
  else if (job === 50) unary(changetype<UnaryArguments>(pointer), index, threads);
  else if (job === 51) binary(changetype<BinaryArguments>(pointer));
  else if (job === 52) sum(changetype<SumArguments>(pointer));
  else if (job === 60) sample(changetype<SamplerArguments>(pointer), index, threads);
}

function sequenceJob(job: i32, args: SequenceArguments, index: i32, threads: i32): void {
  const layer = args.layer;
  if (job === 0) packForward(args, index, threads);
  else if (job === 1) {
    if (layer < RNN_TANH) {
      if (args.hardGates) gatedForward<HardSigmoid>(args, index, threads);
      else gatedForward<Sigmoid>(args, index, threads);
    } else rnnForward(args, index, threads);
  } else if (job === 2) {
    if (layer === LSTM) lstmPackBackward(args, index, threads);
    else if (layer < RNN_TANH) gruPackBackward(args, index, threads);
    else rnnPackBackward(args, index, threads);
  } else if (job === 3) {
    if (layer < RNN_TANH) {
      if (args.hardGates) gatedBackward<HardSigmoid>(args, index, threads);
      else gatedBackward<Sigmoid>(args, index, threads);
    } else rnnBackward(args, index, threads);
  } else if (job === 4) sequenceWeightGradients(args, index, threads);
  else if (job === 5) packInputGradient(args, index, threads);
  else if (job === 6) sequenceInputGradient(args, index, threads);
  else if (job === 7) packWeightOperands(args, index, threads);
  else if (job === 8) sumWeightGradients(args, index, threads);
}

function gatedForward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  if (args.layer === LSTM) lstmForward<G>(args, index, threads);
  else gruForward<G>(args, index, threads);
}

function gatedBackward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  if (args.layer === LSTM) lstmBackward<G>(args, index, threads);
  else gruBackward<G>(args, index, threads);
}
