/** Checkpoints in a bucket of S3, or of a server with its interface. */
import { checkKind, refuse } from '../refuse';
import { bytesOf, type CheckpointFiles, type CheckpointStore } from './checkpoints';
import { loadS3 } from './engine';
import { versionedStore } from './versioned-store';

/** Tries of a request before the worker ends, each after a longer pause of at most 20 s. */
const TRIES = 10;

/**
 * Keeps checkpoints in a bucket: the `store` of `runWorker`. Each checkpoint is one object. It needs
 * `@aws-sdk/client-s3`, which finds region and credentials itself: the variables `AWS_…`, the files in
 * `~/.aws`, or the role of the machine. `AWS_ENDPOINT_URL_S3` names another server than Amazon's.
 *
 * @param address `s3://bucket/prefix`
 * @throws if the bucket cannot be listed
 */
export async function s3Store(address: string): Promise<CheckpointStore> {
  checkKind('s3Store', 'the address', address, 'string');
  const [, Bucket, before = ''] = /^s3:\/\/([\w.-]+)(?:\/(.*))?$/.exec(address) ?? [];
  // An invalid address may contain a key, so the message does not repeat it.
  if (Bucket === undefined)
    return refuse('s3Store', {
      expected: 'the address of a bucket',
      got: 'another',
      remedy: 's3://bucket/prefix, with the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    });
  const prefix = before === '' || before.endsWith('/') ? before : `${before}/`;
  const s3 = await loadS3();
  const hasServer = Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL);
  const client = new s3.S3Client({
    maxAttempts: TRIES,
    // Other servers have no separate host for each bucket, and accept any region.
    ...(hasServer ? { forcePathStyle: true } : {}),
    ...(hasServer && !process.env.AWS_REGION ? { region: 'us-east-1' } : {}),
  });
  const keyOf = (trial: string, name: string) => `${prefix}${trial}/${name}`;
  const names = async (trial: string) => {
    const Prefix = keyOf(trial, '');
    const { Contents = [] } = await client.send(new s3.ListObjectsV2Command({ Bucket, Prefix }));
    return Contents.map(({ Key }) => Key!.slice(Prefix.length));
  };
  const remove = async (trial: string, name: string) =>
    void (await client.send(new s3.DeleteObjectCommand({ Bucket, Key: keyOf(trial, name) })));
  const store = versionedStore({
    ...{ place: address, names, remove },
    remedy: 'set AWS_REGION, AWS_ENDPOINT_URL_S3 and the credentials of AWS as its server needs them',
    async read(trial, name) {
      try {
        const { Body } = await client.send(new s3.GetObjectCommand({ Bucket, Key: keyOf(trial, name) }));
        return unpacked(bytesOf(await Body!.transformToByteArray()));
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    },
    write: async (trial, name, files) =>
      void (await client.send(
        new s3.PutObjectCommand({ Bucket, Key: keyOf(trial, name), Body: packed(files) }),
      )),
    async clear(trial) {
      for (const name of await names(trial)) await remove(trial, name);
    },
  });
  // A problem with the bucket is reported before a trial runs.
  await store.load('', 0);
  return store;
}

/** A line of JSON with the names and sizes, followed by the bytes of all files. */
function packed(files: CheckpointFiles): Uint8Array {
  const head = Object.entries(files).map(([name, { length }]) => [name, length]);
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...Object.values(files)]);
}

function unpacked(bytes: Buffer): CheckpointFiles {
  try {
    let at = bytes.indexOf(0x0a) + 1;
    const head = JSON.parse(bytes.toString('utf8', 0, at)) as [string, number][];
    const files: Record<string, Uint8Array> = {};
    for (const [name, length] of head) {
      files[name] = bytes.subarray(at, at + length);
      at += length;
    }
    if (at === bytes.length) return files;
  } catch {
    // Refused below.
  }
  return refuse('checkpoint', {
    expected: 'an object that a worker wrote',
    got: 'another',
    remedy: 'keep checkpoints under a prefix of their own',
    code: 'format',
  });
}
