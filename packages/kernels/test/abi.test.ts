/**
 * The interface between TypeScript and the WebAssembly module: TypeScript, AssemblyScript and C must agree on
 * the position of every field.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { assemblyScript } from '../abi/assembly-script.mjs';
import { cHeader } from '../abi/c-header.mjs';
import { CODES } from '../abi/codes.mjs';
import { CONSTANTS } from '../abi/constants.mjs';
import { RECORDS } from '../abi/records.mjs';
import { type Field, layout } from '../abi/schema.mjs';
import { macroName } from '../abi/text.mjs';
import { typeScript } from '../abi/type-script.mjs';
import * as abi from '../src/generated/abi';
import type { RecordType } from '../src/wasm/engine/record';
import { type WasmMemory, webAssembly } from '../src/wasm/engine/web-assembly';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

type Values = Record<string, unknown>;
const recordTypes = abi as unknown as Record<string, RecordType<Values>>;
const codes = abi as unknown as Record<string, Record<string, number>>;
const numbers = abi as unknown as Record<string, number>;

type Place = Field & { name: string; offset: number };
const records = Object.entries(RECORDS).map(([name, record]) => ({
  name,
  fields: layout(record) as Place[],
}));
const codeMembers = Object.entries(CODES).flatMap(([group, { values }]) =>
  Object.keys(values).map((member) => ({ group, member, value: codes[group]![member]! })),
);

/**
 * The name is a variable so that tsc does not resolve it: the compiler's types declare the globals of
 * AssemblyScript.
 */
const ASC: string = 'assemblyscript/asc';

/** The source of a module that reads each field through the generated AssemblyScript classes. */
function probe(): string {
  const answer = (name: string, value: string) => `export function ${name}(): f64 { return <f64>${value}; }`;
  const lines = records.flatMap(({ name, fields }) => [
    answer(`bytes_${name}`, `offsetof<${name}>()`),
    ...fields.map((field) => answer(`offset_${name}_${field.name}`, `offsetof<${name}>('${field.name}')`)),
    ...fields.map(
      (field) =>
        `export function read_${name}_${field.name}(at: usize): f64 { return <f64>changetype<${name}>(at).${field.name}; }`,
    ),
  ]);
  lines.push(...Object.keys(CONSTANTS).map((name) => answer(`constant_${name}`, name)));
  lines.push(
    ...codeMembers.map(({ group, member }) => answer(`code_${group}_${member}`, `${group}.${member}`)),
  );
  const names = [...Object.keys(RECORDS), ...Object.keys(CONSTANTS), ...Object.keys(CODES)];
  return `import { ${names.join(', ')} } from './abi';\n${lines.join('\n')}\n`;
}

type Probe = Record<string, (at?: number) => number>;

/** Compiles the probe. Only the compiler sees it beside the generated sources; no file is written. */
async function compileProbe(memory: WasmMemory): Promise<Probe> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { default: asc } = await import(ASC);
  const { error, stderr } = await asc.main(
    ['probe.ts', '--runtime', 'stub', '--importMemory', '-o', 'probe.wasm'],
    {
      readFile: (name: string) =>
        ({ 'probe.ts': probe(), 'abi.ts': read('assembly/generated/abi.ts') })[name] ?? null,
      writeFile(name: string, contents: Uint8Array) {
        if (name === 'probe.wasm') binary = Uint8Array.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr}`);
  const api = webAssembly()!;
  const instance = await api.instantiate(await api.compile(binary!), { env: { memory } });
  return instance.exports as unknown as Probe;
}

/** A value that no other field has, and the value that the module must read. */
function sample(field: Place, index: number): { given: unknown; found: number } {
  // Neighbouring flags have different values.
  if (field.type === 'flag') return { given: index % 2 === 0, found: index % 2 === 0 ? 1 : 0 };
  if (field.type === 'code') {
    const [name, value] = Object.entries(codes[field.codes!]!).at(-1)!;
    return { given: name, found: value };
  }
  if (field.type === 'f32') return { given: index + 0.5, found: index + 0.5 };
  // Addresses exceed the range of signed integers.
  const value = field.type === 'i32' ? -1000 - index : 0xf000_0000 + index;
  return { given: value, found: value };
}

describe('TypeScript and AssemblyScript', () => {
  const memory = new (webAssembly()!.Memory)({ initial: 1, maximum: 1 });
  let exports: Probe;
  beforeAll(async () => {
    exports = await compileProbe(memory);
  });

  test.each(records)('agree on $name', ({ name, fields }) => {
    const type = recordTypes[name]!;
    expect(type.bytes).toBe(exports[`bytes_${name}`]!());
    const offsets = fields.map((field) => [field.name, exports[`offset_${name}_${field.name}`]!()]);
    expect(type.offsets).toEqual(Object.fromEntries(offsets));
    const at = 1024;
    const samples = fields.map(sample);
    const int32 = new Int32Array(memory.buffer).fill(-1);
    const values = Object.fromEntries(fields.map((field, n) => [field.name, samples[n]!.given]));
    type.write(int32, new Float32Array(memory.buffer), at / 4, values);
    fields.forEach((field, n) => {
      expect(exports[`read_${name}_${field.name}`]!(at), field.name).toBe(samples[n]!.found);
    });
    // The words before and after the record are unchanged.
    expect([int32[at / 4 - 1], int32[(at + type.bytes) / 4]]).toEqual([-1, -1]);
  });

  test('what is left out of a record is 0', () => {
    for (const { name, fields } of records) {
      const int32 = new Int32Array(memory.buffer).fill(-1);
      const given = fields.flatMap((field, n) =>
        field.optional ? [] : [[field.name, sample(field, n).given]],
      );
      recordTypes[name]!.write(int32, new Float32Array(memory.buffer), 0, Object.fromEntries(given));
      for (const field of fields) {
        if (field.optional) expect(int32[field.offset / 4], `${name}.${field.name}`).toBe(0);
      }
    }
  });

  test('agree on every constant and code', () => {
    for (const name of Object.keys(CONSTANTS))
      expect(numbers[name], name).toBe(exports[`constant_${name}`]!());
    for (const { group, member, value } of codeMembers)
      expect(value, `${group}.${member}`).toBe(exports[`code_${group}_${member}`]!());
  });
});

test('codes of a group are distinct, and the argument records lie between the control words and the tables', () => {
  for (const { values } of Object.values(CODES)) {
    expect(new Set(Object.values(values)).size).toBe(Object.keys(values).length);
  }
  const longest = Math.max(...records.map(({ name }) => recordTypes[name]!.bytes));
  expect(abi.CONTROL + 1024).toBeLessThanOrEqual(abi.ARGUMENTS);
  expect(abi.ARGUMENTS + longest).toBeLessThanOrEqual(abi.STATIC_DATA);
  expect(abi.STATIC_DATA).toBeLessThan(abi.HEAP);
});

test('the generated sources are in step with abi/', () => {
  expect(read('src/generated/abi.ts')).toBe(typeScript());
  expect(read('assembly/generated/abi.ts')).toBe(assemblyScript());
});

test('a C compiler agrees on every size, offset, constant and code of the header', (context) => {
  if (spawnSync('cc', ['--version']).status !== 0) context.skip('there is no C compiler here');
  const folder = mkdtempSync(path.join(tmpdir(), 'unrolled-abi-'));
  try {
    const same = (what: string, value: number) => `_Static_assert(${what} == ${value}, "${what}");`;
    const lines = records.flatMap(({ name, fields }) => [
      same(`sizeof(Unrolled${name})`, recordTypes[name]!.bytes),
      ...fields.map((field) => same(`offsetof(Unrolled${name}, ${field.name})`, field.offset)),
    ]);
    lines.push(...Object.keys(CONSTANTS).map((name) => same(`UNROLLED_${name}`, numbers[name]!)));
    lines.push(
      ...codeMembers.map(({ group, member, value }) =>
        same(`UNROLLED_${macroName(group)}_${macroName(member)}`, value),
      ),
    );
    writeFileSync(path.join(folder, 'abi.h'), cHeader());
    writeFileSync(path.join(folder, 'abi.c'), `#include <stddef.h>\n#include "abi.h"\n${lines.join('\n')}\n`);
    const { status, stderr } = spawnSync('cc', ['-std=c11', '-Wall', '-Werror', '-c', 'abi.c'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
