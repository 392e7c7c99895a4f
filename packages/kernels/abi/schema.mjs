/**
 * Functions that declare the interface between TypeScript and the WebAssembly module. Everything that both
 * sides must agree on is declared once, in this folder, and generated for each side:
 *   codes.mjs      numbers with a name: jobs, layers, optimizers, elementwise functions
 *   constants.mjs  sizes, and the layout of the memory
 *   records.mjs    the structures that TypeScript writes and the module reads
 */

/**
 * A field of a record; every field takes 4 bytes.
 *
 * @typedef {object} Field
 * @property {'i32' | 'u32' | 'usize' | 'f32' | 'flag' | 'code'} type `usize` is an address in the module's
 * memory; a
 *   `flag` is an i32, 1 or 0, which TypeScript gives as a boolean; a `code` is an i32, which TypeScript gives
 *   by name
 * @property {string} doc one line, without its full stop; empty if the name is sufficient
 * @property {boolean} optional whether TypeScript may omit it, in which case 0 is written
 * @property {string} [codes] the group of codes.mjs that a `code` belongs to
 */

const field =
  (type) =>
  (doc = '') => ({ type, doc, optional: false });

export const i32 = field('i32');
export const u32 = field('u32');
export const usize = field('usize');
export const f32 = field('f32');
export const flag = field('flag');

/** A field that holds a number of the group `codes`. */
export const code = (codes, doc = '') => ({ type: 'code', doc, optional: false, codes });

/** The same field as an optional one: if TypeScript omits it, the module reads 0. */
export const optional = (of) => ({ ...of, optional: true });

/** A record: its doc comment, and its fields in the order of their positions in memory. */
export const record = (doc, fields) => ({ doc, fields });

/** Named numbers, and a doc comment for all of them. */
export const codes = (doc, values) => ({ doc, values });

/** A constant: its value, its type in the module, and its doc comment. */
export const constant = (type, value, doc) => ({ type, value, doc });

const FIELD_BYTES = 4;

/** Each field's name, declaration and offset in bytes. */
export function layout({ fields }) {
  return Object.entries(fields).map(([name, of], index) => ({ name, ...of, offset: FIELD_BYTES * index }));
}

/** The size of a record in bytes, which is also the distance between two rows of a table. */
export function recordBytes({ fields }) {
  return FIELD_BYTES * Object.keys(fields).length;
}
