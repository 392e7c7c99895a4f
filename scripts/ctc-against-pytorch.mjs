// npm run compare:ctc: compares ctcLoss and its gradient with PyTorch's ctc_loss in float64, for the same
// float32 logits and on each executor. Shapes are random: steps, classes, lengths, blanks, repeats, targets
// that just fit and just do not, one step, logits of 0.1 to 1e6. It fails if a gradient differs by more than
// 1e-5 of the largest one of its batch, or a loss by 1e-5. Options: `-- --shapes 200 --seed 1`. PyTorch is
// imported by python3, or by PYTHON.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import v8 from 'node:v8';
import * as tf from '@tensorflow/tfjs-core';
import { random } from '@unrolled/cells';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { ctcLoss } from '@unrolled/losses';

v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
const option = (name, usual) => {
  const at = process.argv.indexOf(`--${name}`);
  return at > 0 ? Number(process.argv[at + 1]) : usual;
};
const [shapes, seed] = [option('shapes', 200), option('seed', 1)];

const PYTORCH = `
import json, sys, torch
for line in sys.stdin:
    case = json.loads(line)
    x = torch.tensor(case["logits"], dtype=torch.float64).reshape(case["shape"]).requires_grad_(True)
    scores = torch.nn.functional.log_softmax(x, 2).transpose(0, 1)
    flat = torch.tensor([label for row in case["targets"] for label in row], dtype=torch.long)
    lengths = torch.tensor(case["inputLengths"]), torch.tensor([len(row) for row in case["targets"]])
    loss = torch.nn.functional.ctc_loss(scores, flat, *lengths, blank=case["blank"], reduction="none", zero_infinity=True)
    loss.sum().backward()
    print(json.dumps({"losses": loss.tolist(), "gradient": x.grad.flatten().tolist()}), flush=True)
`;

/** A batch with a random shape. */
function problem(number) {
  const { uniform, normal } = random(1000 * seed + number);
  const pick = (least, most) => least + Math.floor((most - least + 1) * uniform());
  const [batch, classes] = [pick(1, 4), pick(2, 40)];
  const time = number % 10 === 0 ? 1 : pick(1, number % 4 === 0 ? 200 : 40);
  const blank = pick(0, classes - 1);
  const inputLengths = Array.from({ length: batch }, () => pick(1, time));
  const kinds = number % 3 === 0 ? Math.min(2, classes - 1) : classes - 1;
  const targets = inputLengths.map((steps) => {
    const fewest = (labels) => labels.length + labels.filter((label, i) => label === labels[i - 1]).length;
    const labels = Array.from({ length: pick(0, steps) }, () => (blank + pick(1, kinds)) % classes);
    while (fewest(labels) > steps + (number % 5 === 0 ? 1 : 0)) labels.pop();
    return labels;
  });
  const scale = [0.1, 1, 3, 10, 1e4, 1e6][pick(0, 5)];
  const logits = Array.from({ length: batch * time * classes }, () => Math.fround(scale * normal()));
  return { shape: [batch, time, classes], logits, targets, inputLengths, blank, scale };
}

/** The losses and the gradient of their sum. */
function ours({ shape, logits, targets, inputLengths, blank }) {
  const x = tf.tensor3d(logits, shape);
  const options = { inputLengths, blank, zeroInfinity: true };
  const losses = ctcLoss(x, targets, { ...options, reduction: 'none' });
  const gradient = tf.grad((y) => ctcLoss(y, targets, { ...options, reduction: 'sum' }))(x);
  const result = { losses: losses.dataSync(), gradient: gradient.dataSync() };
  tf.dispose([x, losses, gradient]);
  return result;
}

const python = spawn(process.env.PYTHON ?? 'python3', ['-c', PYTORCH], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
const worst = new Map();
for (let number = 0; number < shapes; number++) {
  const given = problem(number);
  python.stdin.write(`${JSON.stringify(given)}\n`);
  const expected = JSON.parse((await lines.next()).value);
  const largest = Math.max(1e-30, ...expected.gradient.map(Math.abs));
  for (const executor of ['webassembly', 'native']) {
    try {
      await useUnrolledBackend({ executor });
    } catch {
      continue; // this system has no native kernels
    }
    const found = ours(given);
    const off = (values, wanted, by) =>
      Math.max(0, ...wanted.map((value, i) => Math.abs(values[i] - value) / by(value)));
    const errors = {
      gradient: off(found.gradient, expected.gradient, () => largest),
      loss: off(found.losses, expected.losses, (value) => Math.max(1, Math.abs(value))),
    };
    const name = unrolledBackendInfo().executor.name;
    const most = worst.get(name) ?? { gradient: 0, loss: 0 };
    worst.set(name, {
      gradient: Math.max(most.gradient, errors.gradient),
      loss: Math.max(most.loss, errors.loss),
    });
    if (errors.gradient <= 1e-5 && errors.loss <= 1e-5) continue;
    const { shape, scale, blank } = given;
    console.error(`shape ${number}, [${shape}], scale ${scale}, blank ${blank}, ${name}:`, errors);
    process.exitCode = 1;
  }
}
python.stdin.end();
for (const [name, { gradient, loss }] of worst)
  console.log(
    `${name}, ${shapes} shapes: gradients within ${gradient.toPrecision(2)} of the largest, losses within ${loss.toPrecision(2)}`,
  );
