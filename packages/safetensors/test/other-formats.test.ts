/** Files of other formats that are handed in as safetensors. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSafetensors } from '@unrolled/safetensors';
import { readSafetensorsFile } from '@unrolled/safetensors/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { messageOf, rejectionOf } from './support';

const bytes = (text: string, length = 400) => {
  const file = new Uint8Array(length);
  file.set(Uint8Array.from(text, (character) => character.charCodeAt(0)));
  return file;
};

/** The first bytes of a zip archive whose first file has a name. */
const archive = (name: string) =>
  bytes(`PK\x03\x04${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`);

const others: [string, Uint8Array, string][] = [
  ['torch.save, since 1.6', archive('archive/data.pkl'), 'a PyTorch file (pickle in a zip archive)'],
  ['torch.save of a long name', archive('my-model-v2/data.pkl'), 'a PyTorch file (pickle in a zip archive)'],
  ['torch.save whose first file is another', archive('m/.format_version'), 'a PyTorch file'],
  [
    'torch.save before 1.6',
    bytes('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.'),
    'a PyTorch or Python file (pickle)',
  ],
  ['pickle of protocol 4', bytes('\x80\x04\x95'), 'a PyTorch or Python file (pickle)'],
  ['a short pickle', bytes('\x80\x05N.', 4), 'a PyTorch or Python file (pickle)'],
  ['TorchScript', archive('m/code/__torch__.py'), 'a TorchScript archive'],
  ['.npz', archive('lstm_kernel.npy'), 'a NumPy archive (.npz)'],
  ['.npy', bytes("\x93NUMPY\x01\0v\0{'descr'"), 'a NumPy array (.npy)'],
  ['.keras', archive('metadata.json'), 'a .keras archive'],
  ['another zip', archive('a.txt'), 'a zip archive'],
  ['HDF5', bytes('\x89HDF\r\n\x1a\n'), 'an HDF5 file, as written by Keras'],
  ['GGUF', bytes('GGUF\x03\0\0\0'), 'a GGUF file'],
  ['GGML', bytes('lmgg'), 'a GGML file'],
  ['ONNX of PyTorch', bytes('\x08\x08\x12\x07pytorch'), 'an ONNX model'],
  ['ONNX of another', bytes('\x08\x0a:\x80\x04'), 'an ONNX model'],
  ['SavedModel', bytes('\x08\x01\x12\x80'), 'a TensorFlow SavedModel'],
  ['TensorFlow Lite', bytes('\x1c\0\0\0TFL3'), 'a TensorFlow Lite model'],
  [
    'a Git LFS pointer',
    bytes('version https://git-lfs.github.com/spec/v1\noid sha256:', 130),
    'a Git LFS pointer',
  ],
  ['a web page', bytes('<!DOCTYPE html>\n<html>'), 'a web page'],
  ['an index', bytes('{\n  "metadata": {"total_size": 1}'), 'the index of a model in several files'],
  ['gzip', bytes('\x1f\x8b\x08'), 'a gzip archive'],
  ['tar', bytes(`${'a'.repeat(257)}ustar\0`), 'a tar archive'],
];

describe('are named', () => {
  test.each(others)('%s', (_, file, name) => {
    const message = messageOf(() => readSafetensors(file));
    expect(message).toMatch(/^readSafetensors: expected a safetensors file, got /);
    expect(message).toContain(name);
    // Each says what to do.
    expect(message).toMatch(/: [a-z].*$/);
  });
});

test('also where they are read from disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'unrolled-formats-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'pytorch_model.bin');
  writeFileSync(path, archive('archive/data.pkl'));
  expect(await rejectionOf(readSafetensorsFile(path))).toBe(
    `readSafetensorsFile: expected a safetensors file, got a PyTorch file (pickle in a zip archive) in ${path}: load it in Python and save it again: safetensors.torch.save_file(torch.load(path, weights_only=True), …)`,
  );
});

test('a safetensors file whose length looks like one of them is read', () => {
  // 0x1208: the header's length is the beginning of an ONNX file.
  const file = bytes(`\x08\x12\0\0\0\0\0\0{}${' '.repeat(0x1206)}`, 8 + 0x1208);
  expect(readSafetensors(file).tensors.size).toBe(0);
});
