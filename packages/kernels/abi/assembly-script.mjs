/**
 * The interface declarations in AssemblyScript: enumerations, constants, and classes that map the records in
 * memory.
 */
import { CODES } from './codes.mjs';
import { CONSTANTS } from './constants.mjs';
import { fingerprint } from './fingerprint.mjs';
import { RECORDS } from './records.mjs';
import { layout } from './schema.mjs';
import { documented, NOTICE } from './text.mjs';

function enumeration([name, { doc, values }]) {
  const members = Object.entries(values).map(([member, value]) => `  ${member} = ${value},`);
  return documented(doc, `export enum ${name} {\n${members.join('\n')}\n}`);
}

function constant([name, { type, value, doc }]) {
  return documented(doc, `export const ${name}: ${type} = ${value};`);
}

/** The module has no boolean of 4 bytes and no fields of an enumeration type. */
const assemblyType = (type) => (type === 'flag' || type === 'code' ? 'i32' : type);

function classOf([name, record]) {
  const fields = layout(record).map(({ name, type, doc }) =>
    documented(doc, `${name}: ${assemblyType(type)};`, '  '),
  );
  return documented(record.doc, `@unmanaged\nexport class ${name} {\n${fields.join('\n')}\n}`);
}

/** The source of `assembly/generated/abi.ts`. */
export function assemblyScript() {
  const parts = [
    ...Object.entries(CODES).map(enumeration),
    Object.entries(CONSTANTS).map(constant).join('\n'),
    documented('Known to both sides of one build.', `export const FINGERPRINT: i32 = ${fingerprint()};`),
    ...Object.entries(RECORDS).map(classOf),
  ];
  return `// ${NOTICE}\n${parts.join('\n\n')}\n`;
}
