// node engine-worker.mjs CHECKOUT CONFIGURATION: the digests of one backend as lines `digest  name`;
// CONFIGURATION is JSON.
import { modelDigests } from './models.mjs';
import { loadPackages, selectBackend } from './packages.mjs';
import { textDigests } from './texts.mjs';
import { trainingDigests } from './training.mjs';

const [checkout, configuration] = process.argv.slice(2);
const { name, binary, threads, executor } = JSON.parse(configuration);
const packages = await loadPackages(checkout);
await selectBackend(packages, { binary, threads, executor });
packages.cells.onFallback?.(() => {});

const isCpu = binary === undefined && executor === undefined;
const parts = { models: modelDigests, training: trainingDigests, texts: textDigests };
for (const [part, digestsOf] of Object.entries(parts)) {
  const startedAt = performance.now();
  for await (const [what, digest] of digestsOf(packages, { isCpu })) {
    process.stdout.write(`${digest}  ${name}: ${part}: ${what}\n`);
  }
  process.stderr.write(`${name}: ${part}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
process.exit(0);
