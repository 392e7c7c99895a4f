import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomically } from '@unrolled/errors/node';
import { type SafetensorsTensor, writeSafetensors } from '@unrolled/safetensors';
import { readSafetensorsFile, writeSafetensorsFile } from '@unrolled/safetensors/node';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { fileOf, rejectionOf } from './support';

const root = mkdtempSync(join(tmpdir(), 'unrolled-safetensors-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

const tensors: Record<string, SafetensorsTensor> = {
  kernel: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) },
  step: { dtype: 'I64', shape: [], data: BigInt64Array.of(5n) },
  mask: { dtype: 'BOOL', shape: [3], data: Uint8Array.of(1, 0, 1) },
};

describe('writeSafetensorsFile and readSafetensorsFile', () => {
  test('write the same bytes as writeSafetensors, leave nothing else, and read them back', async () => {
    const path = join(folder, 'a.safetensors');
    await writeSafetensorsFile(path, tensors, { config: '{}' });
    expect(readdirSync(folder)).toEqual(['a.safetensors']);
    expect(new Uint8Array(readFileSync(path))).toEqual(writeSafetensors(tensors, { config: '{}' }));
    const file = await readSafetensorsFile(path);
    expect(file.tensors.get('kernel')).toEqual(tensors.kernel);
    expect(file.tensors.get('step')).toEqual(tensors.step);
    expect(file.metadata.config).toBe('{}');
  });

  test('replace a file that is there', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old and longer than what is new'.repeat(100));
    await writeSafetensorsFile(path, {});
    expect(readFileSync(path)).toHaveLength(16);
  });

  test('a symbolic link is replaced, what it points to is left alone', async () => {
    writeFileSync(join(folder, 'target'), 'old');
    symlinkSync('target', join(folder, 'link'));
    await writeSafetensorsFile(join(folder, 'link'), {});
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('old');
  });
});

describe('a write that fails', () => {
  test('leaves the old file and no temporary one', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old');
    // The second part is no array of bytes: writing starts, then fails.
    const parts = [Uint8Array.of(1), { length: 3 } as Uint8Array];
    await expect(writeFileAtomically(path, parts)).rejects.toThrow();
    expect(readdirSync(folder)).toEqual(['a']);
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test('says that the folder is missing', async () => {
    const path = join(folder, 'none', 'a');
    expect(await rejectionOf(writeSafetensorsFile(path, tensors))).toBe(
      `writeSafetensorsFile: expected a file that can be written at ${path}, got a path that does not exist: check that the folder ${join(folder, 'none')} exists, is writable and has space, and that no folder has this name`,
    );
  });

  test('says that a folder has the name, and removes the temporary file', async () => {
    const path = join(folder, 'a');
    mkdirSync(path);
    expect(await rejectionOf(writeSafetensorsFile(path, tensors))).toContain(
      `at ${path}, got a folder of this name`,
    );
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'says that the folder is not writable (not as root, whom nothing stops)',
    async () => {
      chmodSync(folder, 0o555);
      const message = await rejectionOf(writeSafetensorsFile(join(folder, 'a'), tensors));
      chmodSync(folder, 0o755);
      expect(message).toContain('got a path without permission');
    },
  );

  test('touches no file when a tensor is refused', async () => {
    const broken = { a: { dtype: 'F32', shape: [3], data: Float32Array.of(1) } as const };
    expect(await rejectionOf(writeSafetensorsFile(join(folder, 'a'), broken))).toContain('expected 3 values');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a read that fails', () => {
  test('names the path', async () => {
    const path = join(folder, 'none');
    expect(await rejectionOf(readSafetensorsFile(path))).toBe(
      `readSafetensorsFile: expected a readable safetensors file at ${path}, got no such file: pass the path of a file that you may read`,
    );
    expect(await rejectionOf(readSafetensorsFile(folder))).toContain(`at ${folder}, got a folder`);
  });

  test.skipIf(process.platform === 'win32')('refuses devices', async () => {
    expect(await rejectionOf(readSafetensorsFile('/dev/zero'))).toContain('got a device or pipe');
  });

  test('refuses every truncation of a file', async () => {
    const path = join(folder, 'a');
    const whole = writeSafetensors(tensors);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      expect(await rejectionOf(readSafetensorsFile(path))).toContain(path);
    }
  });

  test('refuses a large file by its header, without reading or allocating the rest', async () => {
    const path = join(folder, 'a');
    writeFileSync(path, fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'));
    truncateSync(path, 2 ** 40); // sparse: it takes no room on the disk
    const start = performance.now();
    expect(await rejectionOf(readSafetensorsFile(path))).toContain('expected tensors that cover all');
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
