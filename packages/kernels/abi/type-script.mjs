/**
 * The interface declarations in TypeScript: numbers by name, constants, and for each record its type, offsets
 * and writer.
 */
import { CODES } from './codes.mjs';
import { CONSTANTS } from './constants.mjs';
import { fingerprint } from './fingerprint.mjs';
import { RECORDS } from './records.mjs';
import { layout, recordBytes } from './schema.mjs';
import { documented, NOTICE } from './text.mjs';

function codesOf([name, { doc, values }]) {
  const members = Object.entries(values).map(([member, value]) => `  ${member}: ${value},`);
  const object = documented(doc, `export const ${name} = {\n${members.join('\n')}\n} as const;`);
  return `${object}\nexport type ${name} = keyof typeof ${name};`;
}

function constant([name, { value, doc }]) {
  return documented(doc, `export const ${name} = ${value};`);
}

function typeOf({ type, codes }) {
  return type === 'code' ? codes : type === 'flag' ? 'boolean' : 'number';
}

function property(field) {
  const type = `${typeOf(field)}${field.optional ? ' | undefined' : ''}`;
  return documented(field.doc, `${field.name}${field.optional ? '?' : ''}: ${type};`, '  ');
}

function emptyValue({ type, codes }) {
  if (type === 'code') return `'${Object.keys(CODES[codes].values)[0]}'`;
  return type === 'flag' ? 'false' : '0';
}

/** The stored bits of a field; a typed array stores 32 of them. */
function stored({ name, type, codes, optional }) {
  if (type === 'code') return `${codes}[values.${name}]`;
  if (type === 'flag') return `values.${name} ? 1 : 0`;
  return optional ? `values.${name} ?? 0` : `values.${name}`;
}

function store(field) {
  const array = field.type === 'f32' ? 'float32' : 'int32';
  const index = field.offset === 0 ? 'at' : `at + ${field.offset / 4}`;
  return `    ${array}[${index}] = ${stored(field)};`;
}

function recordOf([name, record]) {
  const fields = layout(record);
  const hasFloats = fields.some(({ type }) => type === 'f32');
  return `${documented(record.doc, `export interface ${name} {\n${fields.map(property).join('\n')}\n}`)}

export const ${name}: RecordType<${name}> = {
  bytes: ${recordBytes(record)},
  offsets: {
${fields.map(({ name, offset }) => `    ${name}: ${offset},`).join('\n')}
  },
  blank: {
${fields.map((field) => `    ${field.name}: ${emptyValue(field)},`).join('\n')}
  } as ${name},
  write(int32, ${hasFloats ? 'float32' : '_float32'}, at, values) {
${fields.map(store).join('\n')}
  },
};`;
}

/** The source of `src/generated/abi.ts`. */
export function typeScript() {
  const parts = [
    "import type { RecordType } from '../wasm/engine/record';",
    ...Object.entries(CODES).map(codesOf),
    Object.entries(CONSTANTS).map(constant).join('\n'),
    documented('Known to both sides of one build.', `export const FINGERPRINT = ${fingerprint()};`),
    ...Object.entries(RECORDS).map(recordOf),
  ];
  return `// ${NOTICE}\n${parts.join('\n\n')}\n`;
}
