/**
 * npm run fuzz:native-kernels: random records, right ones and wrong ones, over a memory of exactly so many bytes, built with AddressSanitizer. A right
 * record must run, a wrong one must be refused or harmless; nothing may be read or written past the memory. One in five runs as a list of jobs
 * (executorRunJobs), whose table and count are spoilt as well. Instruction sets of as many
 * lanes (AVX2, NEON) end with the same digest of all that right records left. Built with ThreadSanitizer all records are right and all jobs on
 * several threads: no two of them may touch a word of which one writes. Usage: fuzz RECORDS SEED [set [first]]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../src/executor.h"
#include "../src/generated/unrolled_abi.h"

#ifdef __SANITIZE_THREAD__
static const bool ONLY_THREADS = true;
#else
static const bool ONLY_THREADS = false;
#endif

static uint64_t state;
static uint32_t draw() {
  state = state * 6364136223846793005ULL + 1442695040888963407ULL;
  return (uint32_t)(state >> 33);
}
static int upTo(int n) { return (int)(draw() % (uint32_t)(n + 1)); }
static int size(int most) { return 1 + (draw() % 3 ? upTo(most < 20 ? most - 1 : 19) : upTo(most - 1)); }

static uint8_t *memory;
static uint32_t length, at;
static int lanes;
static bool full;

/** An address of so many floats; whether there was room shows in `full`. */
static uint32_t take(int64_t count) {
  uint32_t address = at;
  int64_t bytes = (count * 4 + 63) / 64 * 64;
  if (at + bytes > length) {
    full = true;
    return UNROLLED_HEAP;
  }
  at += (uint32_t)bytes;
  return address;
}
static uint32_t floats(int64_t count) {
  uint32_t address = take(count);
  if (full) return address;
  for (int64_t i = 0; i < count; i++) ((float *)(memory + address))[i] = (float)((int)(draw() % 2001) - 1000) / 1000;
  return address;
}
static uint32_t integers(int64_t count, int most) {
  uint32_t address = take(count);
  if (full) return address;
  for (int64_t i = 0; i < count; i++) ((int32_t *)(memory + address))[i] = upTo(most);
  return address;
}
static int64_t padded(int64_t n) { return (n + lanes - 1) / lanes * lanes; }
template <class T> static T *record() {
  memset(memory + UNROLLED_ARGUMENTS, 0, sizeof(T));
  return (T *)(memory + UNROLLED_ARGUMENTS);
}

struct Made {
  uint32_t bytes;
  int jobs[9], count;
};

static Made sequence() {
  auto *a = record<UnrolledSequenceArguments>();
  int layer = upTo(4), gates = layer == 0 ? 4 : layer < 3 ? 3 : 1, slots = layer == 0 ? 6 : layer < 3 ? 5 : 1;
  int64_t B = size(40), T = size(12), I = size(60), H = size(80), columns = gates * H;
  a->layer = layer, a->batch = (int)B, a->time = (int)T, a->inputSize = (int)I, a->units = (int)H;
  a->reverse = upTo(1), a->hardGates = upTo(1), a->reserveWidth = (int)(slots * padded(H));
  if (upTo(1)) a->lengths = integers(B, (int)T);
  if (upTo(1)) a->ids = integers(B * T, (int)I - 1);
  else a->x = floats(B * T * I);
  a->kernel = floats(I * columns), a->recurrentKernel = floats(H * columns), a->bias = floats(columns);
  if (layer == 1) a->recurrentBias = floats(columns), a->dRecurrentBias = take(columns);
  a->initialH = floats(B * H), a->initialC = floats(B * H), a->output = take(B * T * H), a->finalH = take(B * H), a->finalC = take(B * H);
  a->reserve = take(B * T * a->reserveWidth);
  a->packedKernel = take(padded(H) * gates * I > columns * padded(I) ? padded(H) * gates * I : columns * padded(I));
  a->packedRecurrent = take(gates * padded(H) * H);
  a->dOutput = floats(B * T * H), a->dFinalH = floats(B * H), a->dFinalC = floats(B * H), a->dKernel = take(I * columns);
  a->dRecurrentKernel = take(H * columns), a->dBias = take(columns), a->dInitialH = take(B * H), a->dInitialC = take(B * H), a->dX = take(B * T * I);
  a->groups = 1 + upTo((int)(B < 8 ? B : 8) - 1);
  a->partials = take((a->groups - 1) * (I + H + 2) * columns);
  int64_t blocks = ((B + a->groups - 1) / a->groups * T + UNROLLED_BLOCK_K - 1) / UNROLLED_BLOCK_K;
  a->packedOperands = take(a->groups * blocks * UNROLLED_BLOCK_K * ((a->ids ? 0 : I) + (layer == 2 ? 2 : 1) * H));
  a->zeros = floats(I > H ? I : H);
  return {sizeof *a, {0, 1, 2, 3, 7, 4, 8, 5, 6}, 9};
}

static Made matmul() {
  auto *a = record<UnrolledMatmulArguments>();
  int64_t n = size(4), M = size(70), N = size(90), K = size(300);
  a->batch = (int)n, a->rows = (int)M, a->columns = (int)N, a->inner = (int)K, a->transposeA = upTo(1), a->transposeB = upTo(1);
  a->aBatch = upTo(1) ? (int)(M * K) : 0, a->bBatch = upTo(1) ? (int)(K * N) : 0;
  a->a = floats((a->aBatch ? n : 1) * M * K), a->b = floats((a->bBatch ? n : 1) * K * N), a->bias = upTo(1) ? floats(N) : 0;
  a->c = take(n * M * N), a->packed = take((a->bBatch ? n : 1) * padded(N) * K), a->aCopy = take((a->aBatch ? n : 1) * M * K);
  return {sizeof *a, {UNROLLED_JOB_PACK_MATMUL, UNROLLED_JOB_MATMUL}, 2};
}

static Made linear() {
  auto *a = record<UnrolledLinearGradientArguments>();
  int64_t N = size(700), I = size(70), U = size(70);
  a->rows = (int)N, a->inputSize = (int)I, a->units = (int)U, a->x = floats(N * I), a->dy = floats(N * U), a->dKernel = take(I * U);
  a->dBias = upTo(1) ? take(U) : 0, a->groups = 1 + upTo((int)(N < 8 ? N : 8) - 1), a->partials = take((a->groups - 1) * (I + 1) * U);
  return {sizeof *a, {UNROLLED_JOB_LINEAR_GRADIENTS, UNROLLED_JOB_SUM_LINEAR_GRADIENTS}, 2};
}

static Made rows() {
  if (upTo(1)) {
    auto *s = record<UnrolledSoftmaxArguments>();
    s->rows = size(50), s->classes = size(90), s->x = floats(s->rows * s->classes), s->y = take(s->rows * s->classes);
    return {sizeof *s, {UNROLLED_JOB_SOFTMAX}, 1};
  }
  auto *a = record<UnrolledCrossEntropyArguments>();
  int64_t N = size(50), V = size(90);
  a->rows = (int)N, a->classes = (int)V, a->logits = floats(N * V), a->ids = integers(N, (int)V - 1), a->loss = take(N), a->maximum = take(N);
  a->logSum = take(N), a->dLoss = floats(N), a->dLogits = take(N * V), a->smoothing = upTo(1) * 0.1f;
  return {sizeof *a, {UNROLLED_JOB_CROSS_ENTROPY, UNROLLED_JOB_CROSS_ENTROPY_GRADIENT}, 2};
}

static Made embedding() {
  auto *a = record<UnrolledEmbeddingArguments>();
  int64_t n = size(60), V = size(60), D = size(60);
  a->count = (int)n, a->vocabulary = (int)V, a->dimension = (int)D, a->ids = integers(n, (int)V - 1), a->embeddings = floats(V * D), a->output = floats(n * D);
  return {sizeof *a, {UNROLLED_JOB_EMBEDDING, UNROLLED_JOB_EMBEDDING_GRADIENT}, 2};
}

static Made update() {
  auto *a = record<UnrolledUpdateArguments>();
  a->kind = upTo(2), a->tensors = size(5), a->table = take(a->tensors * sizeof(UnrolledUpdateRow) / 4);
  int64_t blocks = 0;
  for (int n = 0; n < a->tensors && !full; n++) {
    auto *row = (UnrolledUpdateRow *)(memory + a->table) + n;
    int count = size(9000);
    *row = {floats(count), floats(count), a->kind || upTo(1) ? floats(count) : 0, a->kind == 2 || upTo(1) ? floats(count) : 0, count, 1};
    blocks += (count + UNROLLED_SUM_BLOCK - 1) / UNROLLED_SUM_BLOCK;
  }
  a->sums = take(blocks * 2), a->rate = 0.1f, a->decay1 = 0.9f, a->decay2 = 0.99f, a->epsilon = 1e-8f, a->scale = 1, a->limit = (float)upTo(1);
  return {sizeof *a, {UNROLLED_JOB_GRADIENT_SQUARES, UNROLLED_JOB_UPDATE}, 2};
}

static Made elementwise() {
  int which = upTo(2);
  if (which == 0) {
    auto *a = record<UnrolledUnaryArguments>();
    a->kind = upTo(5), a->count = size(900), a->x = floats(a->count), a->y = take(a->count);
    return {sizeof *a, {UNROLLED_JOB_UNARY}, 1};
  }
  if (which == 1) {
    auto *a = record<UnrolledSumArguments>();
    a->rows = size(60), a->columns = size(60), a->alongRows = upTo(1), a->x = floats(a->rows * a->columns), a->y = take(60);
    return {sizeof *a, {UNROLLED_JOB_SUM}, 1};
  }
  auto *a = record<UnrolledBinaryArguments>();
  int R = size(60), C = size(60);
  a->kind = upTo(4), a->rows = R, a->columns = C, a->xColumn = upTo(1), a->yColumn = upTo(1);
  a->xRow = upTo(1) ? (a->xColumn ? C : 1) : 0, a->yRow = upTo(1) ? (a->yColumn ? C : 1) : 0;
  a->x = floats(R * C), a->y = floats(R * C), a->z = take(R * C);
  return {sizeof *a, {UNROLLED_JOB_BINARY}, 1};
}

static Made recurrence() {
  auto *a = record<UnrolledRecurrenceArguments>();
  int64_t B = size(20), T = size(12), H = size(600);
  a->kind = upTo(2), a->batch = (int)B, a->time = (int)T, a->units = (int)H, a->reverse = upTo(1), a->positive = upTo(1);
  if (upTo(1)) a->lengths = integers(B, (int)T);
  a->a = floats(B * T * H * (a->kind + 1)), a->b = a->kind ? 0 : floats(B * T * H), a->initialState = floats(B * H);
  a->output = take(B * T * H), a->finalState = take(B * H), a->dOutput = floats(B * T * H), a->dFinalState = floats(B * H);
  a->dA = take(B * T * H * (a->kind + 1)), a->dB = a->kind ? 0 : take(B * T * H), a->dInitialState = take(B * H);
  return {sizeof *a, {UNROLLED_JOB_RECURRENCE, UNROLLED_JOB_RECURRENCE_GRADIENT}, 2};
}

static Made sampler() {
  auto *a = record<UnrolledSamplerArguments>();
  int64_t V = size(90), B = upTo(2) ? 1 : size(6);
  bool dense = upTo(3) != 0;
  a->layers = size(3), a->table = take(a->layers * sizeof(UnrolledSamplerLayer) / 4), a->classes = (int)V, a->batch = (int)B;
  int64_t logits = (V + 31) / 32 * 32, width = V;
  if (upTo(1)) a->dimension = size(50), a->embeddings = floats(V * a->dimension), width = a->dimension;
  int64_t widest = 0;
  for (int n = 0; n < a->layers && !full; n++) {
    auto *layer = (UnrolledSamplerLayer *)(memory + a->table) + n;
    memset((void *)layer, 0, sizeof *layer);
    int type = upTo(4), gates = type == 0 ? 4 : type < 3 ? 3 : 1, block = type == 0 ? 8 : 32;
    int64_t H = !dense && n == a->layers - 1 ? V : size(90), blocks = (H + block - 1) / block, stride = blocks * block + 16;
    bool ids = n == 0 && !a->embeddings;
    layer->layer = type, layer->inputSize = (int)width, layer->units = (int)H, layer->stateStride = (uint32_t)(4 * stride);
    if (ids) layer->kernel = floats(V * gates * H);
    else layer->packedKernel = floats(((width + 1) & ~1) * gates * blocks * block);
    layer->packedRecurrent = floats(((H + 1) & ~1) * gates * blocks * block), layer->bias = floats(blocks * (gates == 1 ? 1 : 4) * block);
    layer->h = floats(2 * B * stride), layer->c = type == 0 ? floats(B * stride) : 0;
    widest = widest > stride ? widest : stride;
    width = H;
  }
  if (dense) a->packedDense = floats(((width + 1) & ~1) * logits), a->denseBias = floats(logits);
  a->logits = floats(B * logits), a->ownLogits = dense && upTo(1), a->reset = take(B * widest), a->prime = upTo(4);
  a->primeIds = integers(a->prime * B, (int)V - 1), a->count = B == 1 ? upTo(6) : 0, a->output = take(a->count), a->random = draw();
  a->temperature = (float)upTo(2), a->topK = upTo(4);
  return {sizeof *a, {UNROLLED_JOB_SAMPLE}, 1};
}

static Made convolution() {
  auto *a = record<UnrolledConvolutionArguments>();
  int64_t B = size(4), C = size(60), O = size(60);
  a->batch = (int)B, a->height = size(20), a->width = size(20), a->channels = (int)C, a->outputs = (int)O, a->transposed = upTo(1);
  a->filterHeight = 1 + upTo(3), a->filterWidth = 1 + upTo(3), a->rows = size(20), a->columns = size(20);
  a->rowStart = upTo(4) - 3, a->rowStep = 1 + upTo(2), a->rowTapStep = upTo(3) - 1, a->columnStart = upTo(4) - 3, a->columnStep = 1 + upTo(2);
  a->columnTapStep = upTo(3) - 1, a->rowTapStride = 1 + upTo(1), a->columnTapStride = 1 + upTo(1);
  a->rowTaps = (a->filterHeight - 1) / a->rowTapStride + 1, a->columnTaps = (a->filterWidth - 1) / a->columnTapStride + 1;
  int64_t pixels = B * a->rows * a->columns, inner = a->rowTaps * a->columnTaps * C, apart = 1 + upTo(1);
  a->yPixel = (int)(apart * O), a->yRow = a->columns * a->yPixel, a->yBatch = a->rows * a->yRow, a->groups = 1 + upTo((int)(pixels < 8 ? pixels : 8) - 1);
  a->x = floats(B * a->height * a->width * C), a->filter = floats(a->filterHeight * a->filterWidth * C * O), a->bias = upTo(1) ? floats(O) : 0;
  a->packed = take(inner * padded(O)), a->y = floats(pixels * apart * O), a->dFilter = take(inner * O), a->partials = take((a->groups - 1) * inner * O);
  return {sizeof *a, {UNROLLED_JOB_PACK_FILTER, UNROLLED_JOB_CONVOLUTION, UNROLLED_JOB_FILTER_GRADIENT, UNROLLED_JOB_SUM_FILTER_GRADIENT}, 4};
}

static Made pooling() {
  auto *a = record<UnrolledPoolArguments>();
  int64_t B = size(4), C = size(60);
  a->kind = upTo(1), a->batch = (int)B, a->height = size(20), a->width = size(20), a->channels = (int)C, a->rows = size(20), a->columns = size(20);
  a->windowRows = 1 + upTo(3), a->windowColumns = 1 + upTo(3), a->rowStep = 1 + upTo(2), a->columnStep = 1 + upTo(2), a->top = upTo(3), a->left = upTo(3);
  int64_t pixels = B * a->height * a->width * C, windows = B * a->rows * a->columns * C;
  a->x = floats(pixels), a->y = take(windows), a->dY = floats(windows), a->dX = take(pixels);
  return {sizeof *a, {UNROLLED_JOB_POOL, UNROLLED_JOB_POOL_GRADIENT}, 2};
}

static Made attention() {
  auto *a = record<UnrolledAttentionArguments>();
  int64_t B = size(20), T = size(6), S = size(20), U = size(70), M = size(70);
  a->additive = upTo(1), a->adds = upTo(1), a->batch = (int)B, a->time = (int)T, a->positions = (int)S, a->keySize = (int)U, a->memorySize = (int)M;
  a->query = floats(B * T * U), a->keys = floats(B * S * U), a->memory = floats(B * S * M), a->valid = floats(B * S);
  if (a->additive) a->vector = floats(U), a->dVector = floats(B * U);
  if (upTo(1)) a->sourceRows = (int)B, a->sources = integers(B, (int)B - 1);
  a->context = take(B * T * M), a->alignments = take(B * T * S), a->dContext = floats(B * T * M);
  if (upTo(1)) a->dAlignments = floats(B * T * S);
  a->dQuery = take(B * T * U), a->dKeys = floats(B * S * U), a->dMemory = floats(B * S * M);
  return {sizeof *a, {UNROLLED_JOB_ATTENTION, UNROLLED_JOB_ATTENTION_GRADIENT}, 2};
}

static Made ctc() {
  auto *a = record<UnrolledCtcArguments>();
  int64_t B = size(12), T = upTo(40), C = size(70), L = upTo(40);
  a->batch = (int)B, a->time = (int)T, a->classes = (int)C, a->width = (int)L, a->blank = upTo((int)C - 1), a->zeroInfinity = upTo(1);
  a->logits = floats(B * T * C), a->lengths = integers(B, (int)T), a->labels = integers(B * L, (int)C - 1), a->labelCounts = integers(B, (int)L);
  a->loss = take(B);
  if (upTo(2)) a->dLogits = take(B * T * C);
  return {sizeof *a, {UNROLLED_JOB_CTC}, 1};
}

static Made copying() {
  auto *a = record<UnrolledCopyArguments>();
  int64_t n = size(60), width = size(60), start = upTo(40);
  a->rows = (int)n, a->width = (int)width, a->xStart = (int)start, a->xStride = upTo(90), a->yStride = (int)width + upTo(30);
  a->x = floats(start + n * (a->xStride + width)), a->y = take(n * a->yStride);
  return {sizeof *a, {UNROLLED_JOB_COPY}, 1};
}

static Made dropoutMask() {
  auto *a = record<UnrolledDropoutMaskArguments>();
  int64_t B = size(20), T = size(20), n = size(70);
  a->batch = (int)B, a->time = (int)T, a->size = (int)n, a->seeds = integers(T, 1 << 30), a->last = 2 * draw(), a->kept = 2;
  a->mask = take(B * T * n);
  return {sizeof *a, {UNROLLED_JOB_DROPOUT_MASK}, 1};
}

static Made (*const KINDS[])() = {sequence, sequence, sequence, matmul, linear, rows, embedding, update, elementwise, recurrence, sampler, convolution, pooling, attention, ctc, copying, dropoutMask};

/** A number that may be wrong for a size or an address. */
static uint32_t spoilt(uint32_t word) {
  static const uint32_t WORDS[] = {0, 1, 2, 0x7fffffff, 0x80000000u, 0xffffffffu, 0xfffffffcu, 4096, 65536, 65532, 0x40000000};
  switch (upTo(4)) {
    case 0: return WORDS[draw() % 11];
    case 1: return draw() << 1;
    case 2: return word + (uint32_t)(upTo(16) - 8);
    case 3: return UNROLLED_HEAP + (draw() % (length - UNROLLED_HEAP)) / 4 * 4;
    default: return (uint32_t)(length - 4 * upTo(64));
  }
}

/** Changes a few words of the record, of its tables or of anything else; every fourth time one word becomes the largest integer. */
static void spoil(uint32_t bytes) {
  if (!upTo(3)) {
    ((uint32_t *)(memory + UNROLLED_ARGUMENTS))[draw() % (bytes / 4)] = 0x7fffffff;
    return;
  }
  for (int n = size(3); n > 0; n--) {
    uint32_t *word = upTo(3) ? (uint32_t *)(memory + UNROLLED_ARGUMENTS) + draw() % (bytes / 4) : (uint32_t *)(memory + UNROLLED_HEAP) + draw() % ((length - UNROLLED_HEAP) / 4);
    *word = spoilt(*word);
  }
}

/** A list of jobs in the memory, and how long it is said to be. */
struct List {
  uint32_t table;
  int count;
};

static int threadsOf(long n, int job);

static List listOf(const Made &made, long n) {
  List list = {take(made.count * (int64_t)sizeof(UnrolledListedJob) / 4), made.count};
  for (int j = 0; j < made.count && !full; j++) {
    auto *row = (UnrolledListedJob *)(memory + list.table) + j;
    row->job = made.jobs[j], row->record = UNROLLED_ARGUMENTS, row->threads = threadsOf(n, made.jobs[j]);
  }
  return list;
}

/** Changes where a list lies, how long it is, or a word of it. */
static void spoilList(List *list) {
  int which = upTo(3);
  uint32_t *row = (uint32_t *)(memory + list->table) + draw() % (list->count * sizeof(UnrolledListedJob) / 4);
  if (which == 0) list->table = spoilt(list->table);
  else if (which == 1) list->count = (int)spoilt((uint32_t)list->count);
  else if (list->table > UNROLLED_HEAP) *row = spoilt(*row);
}

/** FNV-1a over the memory's words, any NaN as the same one: instruction sets of as many lanes must leave the same. */
static uint64_t digest(uint64_t value) {
  const uint32_t *all = (const uint32_t *)memory;
  for (uint32_t i = 0; i < length / 4; i++) {
    uint32_t word = (all[i] & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : all[i];
    value = (value ^ word) * 0x100000001b3ULL;
  }
  return value;
}

static long current;
static int currentJob;
static void tooLong(int) {
  printf("run %ld, job %d: not done after ten minutes\n", current, currentJob);
  fflush(stdout);
  _exit(1);
}

/** How often each job ran right, was refused, and ran over a wrong record without harm. */
enum { JOB_NUMBERS = 256 };
static long outcomes[JOB_NUMBERS][3];

static int threadsOf(long n, int job) {
  // All of it is one share, as assembly/README.md says.
  if (job == UNROLLED_JOB_SUM) return 1;
  if (ONLY_THREADS) return 2 + (int)(n / 2 % 3);
  // Threads that wait for each other on few cores take most of the time.
  return upTo(11) ? 1 : 2 + upTo(1);
}

/** Lists that ran right, were refused, and ran though they were wrong. */
static long lists[3];

static int report(const InstructionSet *set, uint64_t left) {
  long sums[3] = {}, missing = 0;
  for (int job = 0; job < JOB_NUMBERS; job++) {
    for (int n = 0; n < 3; n++) sums[n] += outcomes[job][n];
    if (!set->has(job) || outcomes[job][0] > 0) continue;
    printf("%s: job %d never ran on a right record\n", set->name, job);
    missing++;
  }
  printf("%s: %ld jobs of right records, %ld of wrong ones that were refused and %ld that were harmless; the right ones left %016llx\n", set->name,
         sums[0], sums[1], sums[2], (unsigned long long)left);
  printf("%s: %ld right lists of jobs, %ld wrong ones that were refused and %ld that were harmless\n", set->name, lists[0], lists[1], lists[2]);
  return missing > 0 || lists[0] == 0 || (lists[1] == 0 && !ONLY_THREADS);
}

int main(int count, char **words) {
  long runs = count > 1 ? atol(words[1]) : 10000;
  uint64_t seed = count > 2 ? strtoull(words[2], nullptr, 10) : 1;
  const InstructionSet *set = chooseInstructionSet(count > 3 ? words[3] : "");
  if (!set) return puts("no such instruction set here"), 1;
  lanes = set->lanes;
  uint64_t left = 0xcbf29ce484222325ULL;
  Executor executor = {set, poolNew(4), nullptr, 0, nullptr, 0, nullptr};
  signal(SIGALRM, tooLong);
  long first = count > 4 ? atol(words[4]) : 0;
  for (long n = first; n < first + runs; n++) {
    state = seed * 1000003 + (uint64_t)n * 7919;
    draw();
    // Of exactly this length, so that the first byte past it is watched.
    length = UNROLLED_HEAP + 64 * (uint32_t)(1 + upTo(n % 50 == 1 ? 60000 : n % 7 ? 4000 : 20000));
    memory = (uint8_t *)aligned_alloc(64, length);
    memset(memory, 0x3e, length);
    at = UNROLLED_HEAP, full = false;
    Made made = KINDS[draw() % (sizeof KINDS / sizeof *KINDS)]();
    bool isList = n % 5 == 3;
    List list = isList ? listOf(made, n) : List{};
    if (ONLY_THREADS && full) {
      free(memory);
      continue;
    }
    bool isSpoilt = !ONLY_THREADS && n % 2, wrong = full || isSpoilt;
    if (isSpoilt && !(isList && upTo(1))) spoil(made.bytes);
    else if (isSpoilt) spoilList(&list);
    if (made.jobs[0] == UNROLLED_JOB_SAMPLE) {
      // As many steps as there is memory for their ids are right, and would take minutes.
      auto *a = (UnrolledSamplerArguments *)(memory + UNROLLED_ARGUMENTS);
      if (a->prime > 100) a->prime = 100;
      if (a->count > 100) a->count = 100;
    }
    executor.memory = memory;
    executor.length = length;
    if (isList) {
      current = n;
      alarm(600);
      int outcome = executorRunJobs(&executor, list.table, list.count);
      lists[outcome == DONE ? wrong ? 2 : 0 : 1]++;
      if (outcome != DONE && !wrong) return printf("run %ld: place %d of a right list was refused: %s\n", n, outcome / 8, executor.problem), 1;
    }
    for (int j = 0; j < made.count && !isList; j++) {
      current = n;
      currentJob = made.jobs[j];
      alarm(600);
      Outcome outcome = executorRun(&executor, made.jobs[j], UNROLLED_ARGUMENTS, threadsOf(n, currentJob));
      if (outcome == DONE) outcomes[currentJob][wrong ? 2 : 0]++;
      else if (wrong) outcomes[currentJob][1]++;
      else return printf("run %ld, job %d: a right record was refused: %s\n", n, made.jobs[j], executor.problem), 1;
    }
    if (!wrong) left = digest(left);
    free(memory);
  }
  executorClose(&executor);
  // A few records need not reach every job.
  return report(set, left) && runs >= 1000;
}
