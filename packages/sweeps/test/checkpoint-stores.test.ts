import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { type CheckpointStore, folderStore, s3Store } from '../src/database';

/** The part of S3 that the store uses: whole objects by their keys. */
const objects = new Map<string, Uint8Array>();
vi.mock('@aws-sdk/client-s3', () => {
  const command = (answer: (input: Record<string, string>) => unknown) =>
    class {
      answer: () => unknown;
      constructor(input: Record<string, string>) {
        this.answer = () => {
          if (input.Bucket !== 'bucket') throw new Error('The specified bucket does not exist');
          return answer(input);
        };
      }
    };
  return {
    S3Client: class {
      send = async (asked: { answer(): unknown }) => asked.answer();
    },
    ListObjectsV2Command: command(({ Prefix }) => ({
      Contents: [...objects.keys()].filter((Key) => Key.startsWith(Prefix!)).map((Key) => ({ Key })),
    })),
    GetObjectCommand: command(({ Key }) => {
      const bytes = objects.get(Key!);
      if (!bytes) throw Object.assign(new Error('no such key'), { name: 'NoSuchKey' });
      return { Body: { transformToByteArray: async () => bytes } };
    }),
    PutObjectCommand: command(({ Key, Body }) => void objects.set(Key!, Body as unknown as Uint8Array)),
    DeleteObjectCommand: command(({ Key }) => void objects.delete(Key!)),
  };
});

const place = mkdtempSync(path.join(tmpdir(), 'unrolled-folder-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const bytes = (text: string) => ({ 'last.safetensors': Buffer.from(text), 'log.jsonl': Buffer.from('{}\n') });

describe.each<[string, () => Promise<CheckpointStore>, () => string[]]>([
  ['a folder', async () => folderStore(place), () => readdirSync(path.join(place, 's', '0007'))],
  [
    'a bucket',
    () => s3Store('s3://bucket/runs'),
    () => [...objects.keys()].map((key) => key.replace('runs/s/0007/', '')),
  ],
])('checkpoints in %s', (_, open, names) => {
  it('the last whole one of the last worker counts, whatever an earlier worker writes later', async () => {
    const [first, second] = [await open(), await open()];
    const loaded = async () => String((await second.load('s', 7))?.['last.safetensors']);
    expect(await first.load('s', 7)).toBeUndefined();
    await first.save('s', 7, 1, bytes('a'));
    for (let n = 0; n < 10; n++) await first.save('s', 7, 1, bytes(`b${n}`));
    expect(await loaded()).toBe('b9');
    await second.save('s', 7, 2, bytes('c'));
    // The first worker wakes up.
    await first.save('s', 7, 1, bytes('stale'));
    expect(await loaded()).toBe('c');
    await second.save('s', 7, 2, { ...bytes('d'), 'in/a/folder': Buffer.from('e') });
    const files = (await second.load('s', 7))!;
    expect(Object.keys(files).sort()).toEqual(['in/a/folder', 'last.safetensors', 'log.jsonl']);
    expect(Object.values(files).map(String).sort()).toEqual(['d', 'e', '{}\n']);
    expect(names()).toEqual(['2-2']);
    await second.remove!('s', 7);
    expect(await first.load('s', 7)).toBeUndefined();
  });
});

it('a checkpoint that is replaced while another worker reads is read in its new form', async () => {
  const [stale, store] = [await s3Store('s3://bucket/raced'), await s3Store('s3://bucket/raced')];
  await stale.save('s', 7, 1, bytes('a'));
  const get = objects.get.bind(objects);
  const replacing = vi.spyOn(objects, 'get').mockImplementationOnce((key) => {
    objects.set(key.replace('1-1', '1-2'), get(key)!);
    objects.delete(key);
    return undefined;
  });
  expect(String((await store.load('s', 7))?.['last.safetensors'])).toBe('a');
  replacing.mockRestore();
});

it('an invalid bucket is refused in one line, without the key', async () => {
  await expect(s3Store('s3:/bucket')).rejects.toThrow(/s3:\/\/bucket\/prefix/);
  const withKeys = await s3Store('s3://NAME:hidden@bucket/x').catch(String);
  expect(withKeys).toContain('AWS_ACCESS_KEY_ID');
  expect(withKeys).not.toContain('hidden');
  await expect(s3Store('s3://other/x')).rejects.toThrow(
    /expected s3:\/\/other\/x to keep checkpoints, got The specified bucket does not exist: set AWS_REGION/,
  );
});
