/**
 * The interface declarations in C and C++. The records have the layout of the module's memory, so addresses
 * take 4 bytes.
 */
import { CODES } from './codes.mjs';
import { CONSTANTS } from './constants.mjs';
import { fingerprint } from './fingerprint.mjs';
import { RECORDS } from './records.mjs';
import { layout } from './schema.mjs';
import { documented, macroName, NOTICE } from './text.mjs';

const TYPES = {
  i32: 'int32_t',
  u32: 'uint32_t',
  usize: 'uint32_t',
  f32: 'float',
  flag: 'int32_t',
  code: 'int32_t',
};

function enumeration([name, { doc, values }]) {
  const members = Object.entries(values).map(
    ([member, value]) => `  UNROLLED_${macroName(name)}_${macroName(member)} = ${value},`,
  );
  return documented(doc, `enum Unrolled${name} {\n${members.join('\n')}\n};`);
}

function constant([name, { value, doc }]) {
  return documented(doc, `#define UNROLLED_${name} ${value}`);
}

function structure([name, record]) {
  const fields = layout(record).map(({ name, type, doc }) =>
    documented(doc, `${TYPES[type]} ${name};`, '  '),
  );
  return documented(record.doc, `typedef struct Unrolled${name} {\n${fields.join('\n')}\n} Unrolled${name};`);
}

/** The source of a header for C99 and C++. */
export function cHeader() {
  const parts = [
    '#ifndef UNROLLED_ABI_H\n#define UNROLLED_ABI_H\n\n#include <stdint.h>',
    ...Object.entries(CODES).map(enumeration),
    Object.entries(CONSTANTS).map(constant).join('\n'),
    documented('Known to both sides of one build.', `#define UNROLLED_FINGERPRINT ${fingerprint()}`),
    ...Object.entries(RECORDS).map(structure),
    '#endif',
  ];
  return `/* ${NOTICE} */\n${parts.join('\n\n')}\n`;
}
