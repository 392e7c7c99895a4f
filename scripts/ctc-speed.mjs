// npm run bench:ctc: the CTC loss and its gradient from logits, 200 steps, batch 32, 40 classes, targets of
// 30, in ours and in PyTorch (log_softmax, ctc_loss, backward) by turns, one thread each, in processor time.
// The least of `--rounds` rounds counts. PyTorch by python3, or PYTHON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { ctcLoss } from '@unrolled/losses';

v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
const at = process.argv.indexOf('--rounds');
const rounds = at > 0 ? Number(process.argv[at + 1]) : 20;
const [batch, time, classes, labels] = [32, 200, 40, 30];

const PYTORCH = `
import sys, time, torch
torch.set_num_threads(1)
batch, steps, classes, labels = ${[batch, time, classes, labels]}
logits = torch.randn(batch, steps, classes, requires_grad=True)
targets = torch.randint(1, classes, (batch, labels))
lengths = torch.full((batch,), steps), torch.full((batch,), labels)
for line in sys.stdin:
    logits.grad = None
    start = time.process_time()
    scores = torch.nn.functional.log_softmax(logits, 2).transpose(0, 1)
    torch.nn.functional.ctc_loss(scores, targets, *lengths).backward()
    print(1000 * (time.process_time() - start), flush=True)
`;

const values = tf.randomNormal([batch, time, classes], 0, 1, 'float32', 1).dataSync();
const targets = Array.from({ length: batch }, (_, b) =>
  Array.from({ length: labels }, (_, i) => 1 + ((31 * b + 17 * i + 5 * i * i) % (classes - 1))),
);

/** Milliseconds of processor time of the loss and its gradient on the current backend. */
function step() {
  const logits = tf.tensor3d(values, [batch, time, classes]);
  const run = () => {
    const { value, grads } = tf.variableGrads(() => ctcLoss(variable, targets), [variable]);
    tf.dispose([value, grads]);
  };
  const variable = tf.variable(logits);
  run();
  const { user, system } = process.cpuUsage();
  for (let n = 0; n < 5; n++) run();
  const after = process.cpuUsage();
  tf.dispose([logits, variable]);
  return (after.user + after.system - user - system) / 5000;
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
  for (let n = 0; n < 3; n++) {
    python.stdin.write('\n');
    const { value, done } = await lines.next();
    if (!done) keep('PyTorch', Number(value));
  }
}
python.stdin.end();
const peer = least.get('PyTorch');
for (const [name, time] of least) {
  const ratio = peer && name !== 'PyTorch' ? `, PyTorch's time over it ${(peer / time).toPrecision(3)}` : '';
  console.log(`${name}: ${time.toPrecision(3)} ms${ratio}`);
}
