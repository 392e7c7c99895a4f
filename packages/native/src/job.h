/**
 * A job: a check of its record against the memory's length, and a function that computes a share of it. The
 * record comes from JavaScript, so no value in it is used before the check. The job does not write to its
 * index arrays (ids, lengths, tables).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "generated/unrolled_abi.h"
#include "pool.h"

/** A running job, as seen by its shares. */
struct Context {
  uint8_t *memory;
  const void *record;
  Pool *pool;
  /** Each share's own scratch memory. */
  uint8_t *scratch;
  size_t scratchBytes;
  template <class T> const T &as() const { return *(const T *)record; }
  float *floats(uint32_t address) const { return (float *)(memory + address); }
  const int32_t *integers(uint32_t address) const { return (const int32_t *)(memory + address); }
};

/** a · b, or the largest number if the product exceeds it. */
static inline uint64_t times(uint64_t a, uint64_t b) {
  uint64_t product;
  return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}
static inline uint64_t times(uint64_t a, uint64_t b, uint64_t c) { return times(times(a, b), c); }
static inline uint64_t times(uint64_t a, uint64_t b, uint64_t c, uint64_t d) { return times(times(a, b, c), d); }
static inline uint64_t plus(uint64_t a, uint64_t b) { return a + b < a ? UINT64_MAX : a + b; }

/** The check of one record. It keeps the name of the first invalid field. */
struct Check {
  uint8_t *memory;
  uint64_t length;
  /** Number of shares of the job, and the scratch bytes that each needs. */
  int shares;
  uint64_t scratch = 0;
  const char *problem = nullptr;
  /** The address range of the record itself, which no job writes. */
  uint64_t record, recordEnd;
  Check(uint8_t *memory, uint64_t length, int shares, uint64_t record, uint64_t recordEnd)
      : memory(memory), length(length), shares(shares), record(record), recordEnd(recordEnd) {}
  /** A check of one row of many, with its own ranges. */
  Check part() const { return Check(memory, length, shares, record, recordEnd); }

  /** The largest number of rows in a share of `total` rows. */
  uint64_t rowsOf(int total) const { return (uint64_t)(total / shares) + 1; }

  bool fail(const char *field) {
    if (!problem) problem = field;
    return false;
  }
  /** Checks that a number is from `least` to `most`. */
  bool size(const char *field, int64_t value, int64_t least = 0, int64_t most = INT32_MAX) {
    return value >= least && value <= most ? true : fail(field);
  }
  bool flag(const char *field, int32_t value) { return size(field, value, 0, 1); }
  /**
   * Checks that `bytes` bytes from an address on are inside the memory, past the control words and the
   * records.
   */
  bool bytes(const char *field, uint32_t address, uint64_t count, uint32_t least = UNROLLED_HEAP) {
    bool fits = count <= length && address <= length - count;
    return fits && address % 4 == 0 && (address >= least || count == 0) ? true : fail(field);
  }
  /** Declares floats that are only read. */
  bool reads(const char *field, uint32_t address, uint64_t count) { return bytes(field, address, times(count, 4)); }
  /** Declares floats that are written. */
  bool writes(const char *field, uint32_t address, uint64_t count) {
    if (!bytes(field, address, times(count, 4))) return false;
    uint64_t end = address + 4 * count;
    if (written == 24 || (record < end && address < recordEnd)) return fail(field);
    writeStart[written] = address;
    writeEnd[written++] = end;
    return true;
  }
  /**
   * Declares integers that are read as indices or lengths, each at least 0 and at most `most`. Called after
   * all written ranges are declared.
   */
  bool indices(const char *field, uint32_t address, uint64_t count, int64_t most) {
    if (!bytes(field, address, times(count, 4)) || !untouched(field, address, 4 * count)) return false;
    const int32_t *values = (const int32_t *)(memory + address);
    bool good = true;
    for (uint64_t i = 0; i < count; i++) good &= values[i] >= 0 && values[i] <= most;
    return good ? true : fail(field);
  }
  /** Whether the job does not write to a range. */
  bool untouched(const char *field, uint64_t address, uint64_t count) {
    for (int i = 0; i < written; i++)
      if (writeStart[i] < address + count && address < writeEnd[i]) return fail(field);
    return true;
  }

 private:
  uint64_t writeStart[24], writeEnd[24];
  int written = 0;
};

/** The first of `total` rows, panels or blocks that belongs to share `index` of `count`. */
static inline int rangeBoundary(int total, int index, int count) { return (int)((int64_t)total * index / count); }
static inline int smaller(int a, int b) { return a < b ? a : b; }
static inline int larger(int a, int b) { return a > b ? a : b; }
static inline int ceilDivide(int a, int b) { return (int)(((int64_t)a + b - 1) / b); }
static inline int64_t roundUp(int64_t n, int64_t multiple) { return (n + multiple - 1) / multiple * multiple; }

/** A job in the tables of jobs.cc. */
struct JobEntry {
  int number;
  uint32_t recordBytes;
  bool (*check)(Check &check, const void *record);
  Share share;
};

/**
 * An entry of the table of jobs: `check(Check&, const Record&)` and
 * `share(const Context&, int index, int threads)`.
 */
template <class Record, bool (*check)(Check &, const Record &), void (*share)(const Context &, int, int)>
static constexpr JobEntry jobOf(int number) {
  return {number, sizeof(Record), [](Check &c, const void *record) { return check(c, *(const Record *)record); },
          [](const void *context, int index, int threads) { share(*(const Context *)context, index, threads); }};
}

/** Allocates from a share's scratch, one cache line at a time. */
struct Scratch {
  uint8_t *next;
  Scratch(const Context &context, int index) : next(context.scratch + (size_t)index * context.scratchBytes) {}
  float *floats(int64_t count) { return (float *)take(4 * count); }
  template <class T> T *take(int64_t bytes) { return (T *)take(bytes); }
  uint8_t *take(int64_t bytes) {
    uint8_t *block = next;
    next += roundUp(bytes, 64);
    return block;
  }
};
