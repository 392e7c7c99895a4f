/** One entry point for all jobs, which the main thread and the workers call with a job's number. */
import { Additive, attention, attentionGradient, Product } from './attention';
import { convolution, filterGradient, packFilter, sumFilterGradient } from './convolution';
import { copy } from './copy';
import { ctc } from './ctc';
import { dropoutMask } from './dropout-mask';
import { binary, unary } from './elementwise';
import { embeddingBackward, embeddingForward } from './embedding';
import { HardSigmoid, Sigmoid } from './gate-activation';
import {
  AttentionArguments,
  BinaryArguments,
  ConvolutionArguments,
  CopyArguments,
  CrossEntropyArguments,
  CtcArguments,
  DropoutMaskArguments,
  EmbeddingArguments,
  Job,
  LayerCode,
  LinearGradientArguments,
  MatmulArguments,
  PoolArguments,
  RecurrenceArguments,
  RecurrenceCode,
  SamplerArguments,
  SequenceArguments,
  SoftmaxArguments,
  SumArguments,
  UnaryArguments,
  UpdateArguments,
} from './generated/abi';
import { gruBackward, gruForward, gruPackBackward } from './gru';
import { linearWeightGradients, sumLinearGradients } from './linear';
import { Coefficients, recurrence, recurrenceGradient } from './linear-recurrence';
import { lstmBackward, lstmForward, lstmPackBackward } from './lstm';
import { matmulPack, matmulRows } from './matmul';
import { MinGru, MinLstm } from './minimal-gates';
import { gradientSquares, updateParameters } from './optimizer';
import { pool, poolGradient } from './pooling';
import { sample } from './sampler';
import { packForward } from './sequence-input';
import {
  packInputGradient,
  packWeightOperands,
  sequenceInputGradient,
  sequenceWeightGradients,
  sumWeightGradients,
} from './sequence-weights';
import { rnnBackward, rnnForward, rnnPackBackward } from './simple-rnn';
import { softmax } from './softmax';
import { crossEntropyBackward, crossEntropyForward } from './softmax-cross-entropy';
import { sum } from './sum';

export function runJob(job: i32, pointer: usize, index: i32, threads: i32): void {
  if (job < Job.packMatmul) sequenceJob(job, changetype<SequenceArguments>(pointer), index, threads);
  else if (job === Job.packMatmul) matmulPack(changetype<MatmulArguments>(pointer), index, threads);
  else if (job === Job.matmul) matmulRows(changetype<MatmulArguments>(pointer), index, threads);
  else if (job === Job.linearGradients)
    linearWeightGradients(changetype<LinearGradientArguments>(pointer), index, threads);
  else if (job === Job.sumLinearGradients)
    sumLinearGradients(changetype<LinearGradientArguments>(pointer), index, threads);
  else if (job === Job.crossEntropy)
    crossEntropyForward(changetype<CrossEntropyArguments>(pointer), index, threads);
  else if (job === Job.crossEntropyGradient)
    crossEntropyBackward(changetype<CrossEntropyArguments>(pointer), index, threads);
  else if (job === Job.softmax) softmax(changetype<SoftmaxArguments>(pointer), index, threads);
  else if (job === Job.embedding) embeddingForward(changetype<EmbeddingArguments>(pointer), index, threads);
  else if (job === Job.embeddingGradient)
    embeddingBackward(changetype<EmbeddingArguments>(pointer), index, threads);
  else if (job === Job.gradientSquares) gradientSquares(changetype<UpdateArguments>(pointer), index, threads);
  else if (job === Job.update) updateParameters(changetype<UpdateArguments>(pointer), index, threads);
  else if (job === Job.unary) unary(changetype<UnaryArguments>(pointer), index, threads);
  else if (job === Job.binary) binary(changetype<BinaryArguments>(pointer), index, threads);
  else if (job === Job.sum) sum(changetype<SumArguments>(pointer));
  else if (job === Job.sample) sample(changetype<SamplerArguments>(pointer), index, threads);
  else if (job < Job.packFilter) recurrenceJob(job, changetype<RecurrenceArguments>(pointer), index, threads);
  else if (job < Job.attention) pictureJob(job, pointer, index, threads);
  else if (job < Job.ctc) attentionJob(job, changetype<AttentionArguments>(pointer), index, threads);
  else if (job === Job.ctc) ctc(changetype<CtcArguments>(pointer), index, threads);
  else if (job === Job.copy) copy(changetype<CopyArguments>(pointer), index, threads);
  else dropoutMask(changetype<DropoutMaskArguments>(pointer), index, threads);
}

function pictureJob(job: i32, pointer: usize, index: i32, threads: i32): void {
  if (job === Job.packFilter) packFilter(changetype<ConvolutionArguments>(pointer), index, threads);
  else if (job === Job.convolution) convolution(changetype<ConvolutionArguments>(pointer), index, threads);
  else if (job === Job.filterGradient)
    filterGradient(changetype<ConvolutionArguments>(pointer), index, threads);
  else if (job === Job.sumFilterGradient)
    sumFilterGradient(changetype<ConvolutionArguments>(pointer), index, threads);
  else if (job === Job.pool) pool(changetype<PoolArguments>(pointer), index, threads);
  else poolGradient(changetype<PoolArguments>(pointer), index, threads);
}

function attentionJob(job: i32, args: AttentionArguments, index: i32, threads: i32): void {
  if (args.additive) attentionOf<Additive>(job, args, index, threads);
  else attentionOf<Product>(job, args, index, threads);
}

function attentionOf<A>(job: i32, args: AttentionArguments, index: i32, threads: i32): void {
  if (job === Job.attention) attention<A>(args, index, threads);
  else attentionGradient<A>(args, index, threads);
}

function recurrenceJob(job: i32, args: RecurrenceArguments, index: i32, threads: i32): void {
  if (args.kind === RecurrenceCode.coefficients) recurrenceOf<Coefficients>(job, args, index, threads);
  else if (args.kind === RecurrenceCode.minGru) recurrenceOf<MinGru>(job, args, index, threads);
  else recurrenceOf<MinLstm>(job, args, index, threads);
}

function recurrenceOf<R>(job: i32, args: RecurrenceArguments, index: i32, threads: i32): void {
  if (job === Job.recurrence) recurrence<R>(args, index, threads);
  else recurrenceGradient<R>(args, index, threads);
}

function sequenceJob(job: i32, args: SequenceArguments, index: i32, threads: i32): void {
  const layer = args.layer;
  if (job === Job.packForward) packForward(args, index, threads);
  else if (job === Job.forward) {
    if (layer < LayerCode.simpleRnnTanh) {
      if (args.hardGates) gatedForward<HardSigmoid>(args, index, threads);
      else gatedForward<Sigmoid>(args, index, threads);
    } else rnnForward(args, index, threads);
  } else if (job === Job.packBackward) {
    if (layer === LayerCode.lstm) lstmPackBackward(args, index, threads);
    else if (layer < LayerCode.simpleRnnTanh) gruPackBackward(args, index, threads);
    else rnnPackBackward(args, index, threads);
  } else if (job === Job.backward) {
    if (layer < LayerCode.simpleRnnTanh) {
      if (args.hardGates) gatedBackward<HardSigmoid>(args, index, threads);
      else gatedBackward<Sigmoid>(args, index, threads);
    } else rnnBackward(args, index, threads);
  } else if (job === Job.weightGradients) sequenceWeightGradients(args, index, threads);
  else if (job === Job.packInputGradient) packInputGradient(args, index, threads);
  else if (job === Job.inputGradient) sequenceInputGradient(args, index, threads);
  else if (job === Job.packWeightOperands) packWeightOperands(args, index, threads);
  else if (job === Job.sumWeightGradients) sumWeightGradients(args, index, threads);
}

function gatedForward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  if (args.layer === LayerCode.lstm) lstmForward<G>(args, index, threads);
  else gruForward<G>(args, index, threads);
}

function gatedBackward<G>(args: SequenceArguments, index: i32, threads: i32): void {
  if (args.layer === LayerCode.lstm) lstmBackward<G>(args, index, threads);
  else gruBackward<G>(args, index, threads);
}
