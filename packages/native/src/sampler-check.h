/** The check of a sampler's record. Every size that `sample` uses is derived from the layers' own sizes. */
#pragma once
#include "sampler.h"

static bool checkSamplerLayer(Check &c, const SamplerArguments &args, const SamplerLayer &layer, int inputSize, bool takesIds) {
  if (!c.size("layer", layer.layer, 0, UNROLLED_LAYER_CODE_SIMPLE_RNN_RELU) || !c.size("units", layer.units, 1, 1 << 24) ||
      !c.size("inputSize", layer.inputSize, inputSize, inputSize))
    return false;
  uint64_t columns = (uint64_t)gateCount(layer.layer) * paddedUnits(layer), state = times(args.batch, layer.stateStride / 4);
  bool memory = layer.layer == UNROLLED_LAYER_CODE_LSTM;
  if (layer.stateStride % 4 != 0 || layer.stateStride / 4 < (uint32_t)paddedUnits(layer)) return c.fail("stateStride");
  if ((layer.kernel != 0) != takesIds) return c.fail("kernel");
  if ((layer.c != 0) != memory) return c.fail("c");
  c.scratch = plus(times(4 * (uint64_t)blockCount(layer), args.batch, blockWidth(layer.layer)), times(4, args.batch, paddedUnits(layer)) + 256);
  return (takesIds ? c.reads("kernel", layer.kernel, times(inputSize, times(gateCount(layer.layer), layer.units)))
                   : c.reads("packedKernel", layer.packedKernel, times(evenRows(layer.inputSize), columns))) &&
         c.reads("packedRecurrent", layer.packedRecurrent, times(evenRows(layer.units), columns)) &&
         c.reads("bias", layer.bias, times(blockCount(layer), blockWidth(layer.layer))) && c.writes("h", layer.h, times(2, state)) &&
         (!memory || c.writes("c", layer.c, state)) &&
         (layer.layer != UNROLLED_LAYER_CODE_GRU_RESET_BEFORE || c.writes("reset", args.reset, state)) &&
         c.untouched("table", args.table, times(args.layers, sizeof(SamplerLayer))) &&
         c.untouched("primeIds", args.primeIds, times(args.prime, 4 * (uint64_t)args.batch));
}

static bool checkSample(Check &c, const SamplerArguments &args) {
  bool sized = c.size("layers", args.layers, 1, 1 << 16) && c.size("classes", args.classes, 1, INT32_MAX - 64) && c.size("batch", args.batch, 1) &&
               c.size("dimension", args.dimension, args.embeddings ? 1 : 0, args.embeddings ? INT32_MAX - 1 : 0) && c.size("prime", args.prime) &&
               c.size("count", args.count, 0, args.batch == 1 ? INT32_MAX : 0) && c.flag("ownLogits", args.ownLogits) &&
               c.bytes("table", args.table, times(args.layers, sizeof(SamplerLayer)));
  if (!sized) return false;
  uint64_t scratch = times(sizeof(OwnLayer), args.layers) + 4096;
  int width = args.embeddings ? args.dimension : args.classes;
  for (int n = 0; n < args.layers; n++) {
    const SamplerLayer &layer = ((const SamplerLayer *)(c.memory + args.table))[n];
    Check own = c.part();
    if (!checkSamplerLayer(own, args, layer, width, n == 0 && !args.embeddings)) return c.fail(own.problem);
    scratch = plus(scratch, own.scratch);
    width = layer.units;
  }
  uint64_t stride = logitStride(args);
  c.scratch = plus(plus(scratch, times(4 * stride, 1 + (uint64_t)args.batch)), times(4, args.batch, evenRows(args.dimension)));
  if (args.packedDense) {
    if (!c.reads("packedDense", args.packedDense, times(evenRows(width), stride)) || !c.reads("denseBias", args.denseBias, stride)) return false;
  } else if (width != args.classes || args.ownLogits) return c.fail("classes");
  return (!args.embeddings || c.reads("embeddings", args.embeddings, times(args.classes, args.dimension))) &&
         c.writes("logits", args.logits, times(args.batch, stride)) && c.writes("output", args.output, args.count) &&
         c.untouched("table", args.table, times(args.layers, sizeof(SamplerLayer))) &&
         c.indices("primeIds", args.primeIds, times(args.prime, args.batch), args.classes - 1);
}

static const JobEntry SAMPLER_JOBS[] = {jobOf<SamplerArguments, checkSample, sample>(UNROLLED_JOB_SAMPLE)};
