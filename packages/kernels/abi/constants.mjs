/** Sizes that both sides use, and the layout of the module's memory. */
import { constant } from './schema.mjs';

const FLOAT_BYTES = 4;
const LINE_BYTES = 64;
const PANEL = 8;
const BLOCK_K = 256;
const TILE_ROWS = 6;
const BLOCK_TILES = 5;
const CONTROL = 1024;
const TILE_BYTES = TILE_ROWS * PANEL * FLOAT_BYTES;
const PACKED_BLOCK_BYTES = BLOCK_TILES * TILE_ROWS * BLOCK_K * FLOAT_BYTES;

export const CONSTANTS = {
  PANEL: constant('i32', PANEL, "Columns of a packed panel of a product's right-hand side."),
  BLOCK_K: constant(
    'i32',
    BLOCK_K,
    "Size of a block over k: a panel's block of 8 KiB stays in the first-level cache.",
  ),
  TILE_ROWS: constant('i32', TILE_ROWS, 'Maximum number of rows of a tile of a product.'),
  BLOCK_TILES: constant(
    'i32',
    BLOCK_TILES,
    'Number of tiles that use a block of a panel: with BLOCK_K their rows of A stay in the first-level cache too.',
  ),
  TILE_BYTES: constant('usize', TILE_BYTES, 'Bytes of one tile, TILE_ROWS · PANEL floats.'),
  EDGE_BYTES: constant(
    'usize',
    TILE_BYTES + PACKED_BLOCK_BYTES + LINE_BYTES,
    "A thread's scratch for a product: a tile at the edge of C, a packed block of A, and a cache line.",
  ),
  SUM_BLOCK: constant('i32', 4096, 'Number of floats of a gradient in a block of the sum of squares.'),
  LSTM_BLOCK_UNITS: constant('i32', 8, "Number of units in a block of a sampler's LSTM."),
  BLOCK_UNITS: constant('i32', 32, "Number of units in a block of a sampler's other layers."),
  LOGIT_COLUMNS: constant('i32', 32, "The number of columns of a sampler's logits is a multiple of this."),
  THREAD_BYTES: constant(
    'usize',
    64,
    "Bytes of the record at the beginning of a sampler's scratch: a cache line.",
  ),
  LONG_WAIT_PAUSES: constant(
    'i32',
    10_000,
    'Number of pauses at a barrier that form one long wait: the missing thread is not running.',
  ),
  LONG_WAIT_MILLISECONDS: constant('f64', 0.2, 'Approximate duration of LONG_WAIT_PAUSES.'),
  CONTROL: constant('usize', CONTROL, 'Address of the control words of the thread pool, which end at 2,048.'),
  READY: constant(
    'usize',
    CONTROL + 256,
    'Address of the control word that counts the threads that are ready.',
  ),
  SEATS: constant(
    'usize',
    CONTROL + 1024,
    "Address of the threads' own control words with each thread's state, which end at 4,096.",
  ),
  MAXIMUM_THREADS: constant('i32', 512, 'Number of threads that have their own control word.'),
  ARGUMENTS: constant('usize', 4096, 'Address of the argument record of the next job.'),
  STATIC_DATA: constant('usize', 8192, "Address of the module's tables."),
  HEAP: constant('usize', 65536, 'The first address that TypeScript allocates.'),
  MAXIMUM_PAGES: constant('i32', 65536, 'Maximum size of the memory in pages of 64 KiB.'),
};
