/** Sizes that both sides compute with, and the layout of the module's memory. */
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
  BLOCK_K: constant('i32', BLOCK_K, "Block over k: a panel's block, 8 KiB, stays in the first-level cache."),
  TILE_ROWS: constant('i32', TILE_ROWS, 'Rows of a tile of a product, at most.'),
  BLOCK_TILES: constant(
    'i32',
    BLOCK_TILES,
    'Tiles over which a block of a panel is used: with BLOCK_K their rows of A stay in the first-level cache too.',
  ),
  TILE_BYTES: constant('usize', TILE_BYTES, 'Bytes of one tile, TILE_ROWS · PANEL floats.'),
  EDGE_BYTES: constant(
    'usize',
    TILE_BYTES + PACKED_BLOCK_BYTES + LINE_BYTES,
    "A thread's scratch for a product: one tile, at the edge of C, then a packed block of A, and a line.",
  ),
  SUM_BLOCK: constant('i32', 4096, 'Floats of a gradient whose squares are summed at a time.'),
  LSTM_BLOCK_UNITS: constant('i32', 8, "Units of a block of a sampler's LSTM."),
  BLOCK_UNITS: constant('i32', 32, "Units of a block of a sampler's other layers."),
  LOGIT_COLUMNS: constant('i32', 32, "A sampler's logits take a multiple of this many columns."),
  THREAD_BYTES: constant('usize', 64, "Bytes of the record at the beginning of a sampler's scratch: a line."),
  LONG_WAIT_PAUSES: constant(
    'i32',
    10_000,
    'Pauses at a barrier that count as one long wait: the thread that is waited for does not run.',
  ),
  LONG_WAIT_MILLISECONDS: constant('f64', 0.2, 'About as long as LONG_WAIT_PAUSES take.'),
  CONTROL: constant('usize', CONTROL, 'Address of the control words of the thread pool, up to 2,048.'),
  READY: constant(
    'usize',
    CONTROL + 256,
    'Address of the control word that counts the threads that are ready.',
  ),
  SEATS: constant(
    'usize',
    CONTROL + 1024,
    "Address of the threads' own control words, which say what each is at, up to 4,096.",
  ),
  MAXIMUM_THREADS: constant('i32', 512, 'Threads that have a control word of their own.'),
  ARGUMENTS: constant('usize', 4096, 'Address of the argument record of the next job.'),
  STATIC_DATA: constant('usize', 8192, "Address of the module's tables."),
  HEAP: constant('usize', 65536, 'The first address that TypeScript gives out.'),
  MAXIMUM_PAGES: constant('i32', 65536, 'Pages of 64 KiB that the memory may grow to.'),
};
