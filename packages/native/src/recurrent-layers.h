/** The jobs of the recurrent layers, selected by the layer's type. */
#pragma once
#include "gru.h"
#include "input-gradient.h"
#include "lstm.h"
#include "sequence-weights.h"
#include "simple-rnn.h"

template <class G> static void gatedForward(const Context &context, int index, int threads) {
  if (context.as<SequenceArguments>().layer == UNROLLED_LAYER_CODE_LSTM) lstmForward<G>(context, index, threads);
  else gruForward<G>(context, index, threads);
}
template <class G> static void gatedBackward(const Context &context, int index, int threads) {
  if (context.as<SequenceArguments>().layer == UNROLLED_LAYER_CODE_LSTM) lstmBackward<G>(context, index, threads);
  else gruBackward<G>(context, index, threads);
}
static void forward(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  if (args.layer >= UNROLLED_LAYER_CODE_SIMPLE_RNN_TANH) rnnForward(context, index, threads);
  else if (args.hardGates) gatedForward<HardSigmoid>(context, index, threads);
  else gatedForward<Sigmoid>(context, index, threads);
}
static void backward(const Context &context, int index, int threads) {
  const SequenceArguments &args = context.as<SequenceArguments>();
  if (args.layer >= UNROLLED_LAYER_CODE_SIMPLE_RNN_TANH) rnnBackward(context, index, threads);
  else if (args.hardGates) gatedBackward<HardSigmoid>(context, index, threads);
  else gatedBackward<Sigmoid>(context, index, threads);
}

static const JobEntry SEQUENCE_JOBS[] = {
    jobOf<SequenceArguments, checkPackForward, packForward>(UNROLLED_JOB_PACK_FORWARD),
    jobOf<SequenceArguments, checkForward, forward>(UNROLLED_JOB_FORWARD),
    jobOf<SequenceArguments, checkPackBackward, packBackward>(UNROLLED_JOB_PACK_BACKWARD),
    jobOf<SequenceArguments, checkBackward, backward>(UNROLLED_JOB_BACKWARD),
    jobOf<SequenceArguments, checkWeightGradients, weightGradients>(UNROLLED_JOB_WEIGHT_GRADIENTS),
    jobOf<SequenceArguments, checkPackInputGradient, packInputGradient>(UNROLLED_JOB_PACK_INPUT_GRADIENT),
    jobOf<SequenceArguments, checkInputGradient, inputGradient>(UNROLLED_JOB_INPUT_GRADIENT),
    jobOf<SequenceArguments, checkPackWeightOperands, packWeightOperands>(UNROLLED_JOB_PACK_WEIGHT_OPERANDS),
    jobOf<SequenceArguments, checkSumWeightGradients, sumWeightGradients>(UNROLLED_JOB_SUM_WEIGHT_GRADIENTS),
};
