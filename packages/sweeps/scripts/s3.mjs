/**
 * npm run s3:sweeps: runs trials whose checkpoints are in a bucket, on two workers, one of which is killed
 * repeatedly. Compares the last checkpoints with those of an undisturbed run. The bucket is in moto, a server
 * on this machine with S3's interface. It needs a build, Node 22.12 (npm's, if yours is older), and a Python
 * with `moto[server]` (`PYTHON=…/python`).
 *
 *     npm run s3:sweeps -- --trials 60 --kills 3
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { newerNode } from '../../../scripts/newer-node.mjs';

const own = fileURLToPath(import.meta.url);
const { node, skipped } = await newerNode();
if (skipped) {
  console.error(`[unrolled/s3:sweeps] expected Node 22.12 or newer: ${skipped}`);
  process.exit(1);
}
if (node !== process.execPath) {
  const child = spawn(node, [own, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1))));
}

const { values } = parseArgs({
  options: { trials: { type: 'string', default: '60' }, kills: { type: 'string', default: '3' } },
});
const trials = Number(values.trials);
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port: free } = server.address();
    server.close(() => resolve(free));
  });
});
Object.assign(process.env, {
  ...{ AWS_ACCESS_KEY_ID: 'testing', AWS_SECRET_ACCESS_KEY: 'testing', AWS_REGION: 'us-east-1' },
  AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
});
const python = process.env.PYTHON ?? 'python3';
const moto = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-s3-'));
const BUCKET = 's3://checkpoints/runs';
const problems = [];
try {
  await run();
} finally {
  moto.kill();
  rmSync(place, { recursive: true, force: true });
}
process.exit(problems.length > 0 ? 1 : 0);

async function run() {
  const { S3Client, CreateBucketCommand } = await import('@aws-sdk/client-s3');
  const { beginStudy, openSweepDatabase, readStudy, s3Store } = await import('../dist/database.js');
  const { METHODS, next, STEPS, STUDY, start, worthOf } = await import('./faults-study.mjs');
  const client = new S3Client({ forcePathStyle: true });
  for (let tries = 40; ; tries--)
    try {
      await client.send(new CreateBucketCommand({ Bucket: 'checkpoints' }));
      break;
    } catch (error) {
      if (tries === 0) throw new Error(`${python} has no moto[server]: ${error.message}`);
      await wait(0.5);
    }
  const database = await openSweepDatabase({ address: place });
  await beginStudy(database, STUDY, { ...METHODS, trials, attempts: 1000, keep: 'all' });
  let [kills, began] = [0, performance.now()];
  const live = async (isKilled) => {
    for (;;) {
      const worker = [path.join(path.dirname(own), 'faults-worker.mjs'), place, String(trials), '1', BUCKET];
      const child = spawn(node, worker, { stdio: ['ignore', 'ignore', 'inherit'] });
      if (isKilled && kills < Number(values.kills))
        setTimeout(() => child.kill('SIGKILL') && kills++, 2000 + 1000 * kills);
      if ((await new Promise((resolve) => child.on('close', resolve))) === 0) return;
    }
  };
  await Promise.all([live(false), live(true)]);
  const { records } = await readStudy(database, STUDY);
  const store = await s3Store(BUCKET);
  for (let number = 0; number < trials; number++) {
    const parameters = METHODS.sampler.sample({ ...METHODS, direction: 'minimize', number, trials: [] });
    let bytes = start(number, parameters);
    for (let step = 0; step < STEPS; step++) bytes = next(bytes);
    if (records[number]?.value !== worthOf(bytes)) problems.push(`trial ${number} has a different value`);
    if (!bytes.equals((await store.load(STUDY, number))?.state ?? Buffer.alloc(0)))
      problems.push(`trial ${number} has a different checkpoint`);
  }
  await database.close();
  began = Math.round((performance.now() - began) / 1000);
  console.log(`${trials} trials in ${began} s, ${kills} kills`);
  for (const problem of problems.slice(0, 20)) console.log(problem);
  console.log(`s3: ${trials - problems.length} passed, ${problems.length} failed`);
}
