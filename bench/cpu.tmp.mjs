// CPU time of a training step, one thread
import v8 from 'node:v8';
v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
import { createRequire } from 'node:module';
const total = new Map();
if (process.env.JOBS) {
  const addon = createRequire(import.meta.url)('/tmp/w/native/main/packages/native/platforms/linux-x64-gnu/unrolled.node');
  const open = addon.open;
  addon.open = (...a) => { const e = open(...a); const run = e.run; e.run = (j, r, t) => { const a = process.cpuUsage(); const o = run(j, r, t); const d = process.cpuUsage(a); const list = total.get(j) ?? []; list.push(d.user + d.system); total.set(j, list); return o; }; return e; };
}
const tf = await import('@tensorflow/tfjs-core');
const k = await import('@unrolled/kernels');
const cells = await import('@unrolled/cells'); const losses = await import('@unrolled/losses'); const tr = await import('@unrolled/training');
tf.enableProdMode();
const [exec, layers, units, B, T, V, steps, cell='lstm'] = [process.argv[2], ...process.argv.slice(3, 9).map(Number), process.argv[9]];
await k.useUnrolledBackend(exec === 'native' ? { executor: 'native', threads: 1 } : { executor: 'webassembly', binary: 'relaxed', threads: 1 });
const make = cells[cell];
const model = cells.stack([...Array.from({ length: layers }, (_, i) => make({ inputSize: i ? units : V, units, inputKind: i ? 'vectors' : 'ids' })), cells.dense({ inputSize: units, units: V })]);
const ids = () => tf.tensor2d(Int32Array.from({ length: B * T }, () => Math.floor(Math.random() * V)), [B, T], 'int32');
const x = ids(), y = ids();
const run = tr.train({ params: model.init(1), lossOf: (p) => ({ loss: losses.sequenceLoss(cells.unroll(model, p, x).output, y) }), batches: { length: 1e9, at: () => null }, optimizer: 'adam', learningRate: 1e-3, steps: Infinity, seed: 1 });
const it = run[Symbol.asyncIterator]();
for (let i = 0; i < 3; i++) await it.next();
const best = [];
for (let i = 0; i < steps; i++) { const a = process.cpuUsage(); await it.next(); const d = process.cpuUsage(a); best.push((d.user + d.system) / 1000); }
best.sort((a, b) => a - b);
console.log(exec, process.argv.slice(3).join(' '), 'median', best[best.length >> 1].toFixed(3), 'low', best[Math.floor(best.length/10)].toFixed(3), 'min', best[0].toFixed(3));
for (const [j, l] of [...total].sort((a, b) => a[0] - b[0])) { const n = l.length / (steps + 3); l.sort((a, b) => a - b); console.log('job', j, 'calls/step', n.toFixed(1), 'median µs', l[l.length >> 1], '→ per step', ((l.slice(0, l.length / 2 | 0).reduce((a, b) => a + b, 0) / (l.length / 2 | 0)) * n / 1000).toFixed(3)); }
process.exit(0);
