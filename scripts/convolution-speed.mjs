// npm run bench:convolution: conv2d 3 × 3, 32 → 64 channels, 32 × 32 pixels, batch 32, forward and both
// gradients, in ours and in PyTorch by turns, one thread each, in processor time; and in tfjs's cpu backend
// with one picture, 32 times. The least of `--rounds` rounds counts. PyTorch by python3, or PYTHON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';

v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
const at = process.argv.indexOf('--rounds');
const rounds = at > 0 ? Number(process.argv[at + 1]) : 10;

const PYTORCH = `
import sys, time, torch
torch.set_num_threads(1)
x, w, dy = torch.randn(32, 32, 32, 32), torch.randn(64, 32, 3, 3), torch.randn(32, 64, 32, 32)
sides = {}
for name, layout in (("channels first", torch.contiguous_format), ("channels last", torch.channels_last)):
    sides[name] = [t.contiguous(memory_format=layout).requires_grad_(n < 2) for n, t in enumerate((x, w, dy))]
for line in sys.stdin:
    for name, (a, b, c) in sides.items():
        start = time.process_time()
        torch.autograd.grad(torch.nn.functional.conv2d(a, b, padding=1), [a, b], c)
        print(name, 1000 * (time.process_time() - start), flush=True)
    print("", flush=True)
`;

const [x, w, dy] = [
  [32, 32, 32, 32],
  [3, 3, 32, 64],
  [32, 32, 32, 64],
].map((shape) => tf.randomNormal(shape).dataSync());

/** Milliseconds of processor time of a forward pass and both gradients on the current backend. */
function step(batch = 32) {
  const [a, f, d] = [
    tf.tensor4d(x.subarray(0, batch * 32 ** 3), [batch, 32, 32, 32]),
    tf.tensor4d(w, [3, 3, 32, 64]),
    tf.tensor4d(dy.subarray(0, batch * 2 * 32 ** 3), [batch, 32, 32, 64]),
  ];
  const run = () =>
    tf.tidy(() => {
      const kernel = (name, inputs, attributes) =>
        tf.engine().runKernel(name, inputs, { strides: 1, pad: 'same', dataFormat: 'NHWC', ...attributes });
      tf.conv2d(a, f, 1, 'same');
      kernel('Conv2DBackpropInput', { dy: d, filter: f }, { inputShape: a.shape });
      kernel('Conv2DBackpropFilter', { x: a, dy: d }, { filterShape: f.shape });
    });
  if (tf.getBackend() !== 'cpu') run();
  const { user, system } = process.cpuUsage();
  run();
  const after = process.cpuUsage();
  tf.dispose([a, f, d]);
  return (after.user + after.system - user - system) / 1000;
}

const least = new Map();
const keep = (name, time) => least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, time));
const python = spawn(process.env.PYTHON ?? 'python3', ['-c', PYTORCH], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
for (let round = 0; round < rounds; round++) {
  for (const executor of ['webassembly', 'native']) {
    try {
      await useUnrolledBackend({ threads: 1, executor });
    } catch {
      continue; // this system has no native kernels
    }
    keep(`unrolled, ${unrolledBackendInfo().executor.name}`, step());
  }
  python.stdin.write('\n');
  for (let line = await lines.next(); !line.done && line.value !== ''; line = await lines.next()) {
    const [, name, time] = /^(.*) ([\d.]+)$/.exec(line.value);
    keep(`PyTorch, ${name}`, Number(time));
  }
}
python.stdin.end();
await tf.setBackend('cpu');
keep("tfjs's cpu backend", 32 * step(1));
const peer = least.get('PyTorch, channels first');
for (const [name, time] of least) {
  const ratio =
    peer && !name.startsWith('PyTorch') ? `, PyTorch's time over it ${(peer / time).toPrecision(2)}` : '';
  console.log(`${name}: ${time.toPrecision(3)} ms${ratio}`);
}
