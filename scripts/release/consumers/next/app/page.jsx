'use client';
import * as tf from '@tensorflow/tfjs-core';
import { dense, disposeTree, lstm, stack } from '@unrolled/cells';
import { createVocabulary, slidingWindows } from '@unrolled/data';
import { unrolledBackendInfo, useUnrolledBackend } from '@unrolled/kernels';
import { sequenceLoss } from '@unrolled/losses';
import { generate, modelLoss, train } from '@unrolled/training';
import { useEffect, useState } from 'react';

async function learn() {
  // biome-ignore lint/correctness/useHookAtTopLevel: not a hook of React, only named like one
  await useUnrolledBackend({ threads: 2 });
  const text = 'hihello';
  const vocabulary = createVocabulary(text);
  const { inputs, targets, count, length } = slidingWindows(vocabulary.encode(text), {
    length: text.length - 1,
  });
  const batch = {
    inputs: tf.tensor2d(inputs, [count, length], 'int32'),
    targets: tf.tensor2d(targets, [count, length], 'int32'),
  };
  const model = stack([
    lstm({ inputSize: vocabulary.size, units: 16, inputKind: 'ids' }),
    dense({ inputSize: 16, units: vocabulary.size }),
  ]);
  const run = train({
    params: () => model.init(1),
    batches: [batch],
    lossOf: modelLoss(model, sequenceLoss),
    optimizer: 'adam',
    learningRate: 0.05,
    steps: 100,
  });
  for await (const _step of run);
  const prime = vocabulary.encode('h');
  const ids = [...generate({ model, params: run.params, prime, length: 6, temperature: 0 })];
  disposeTree([run.params, batch]);
  const { binary, threads } = unrolledBackendInfo();
  return `${vocabulary.decode(ids)} (${binary} SIMD, ${threads} threads)`;
}

export default function Page() {
  const [result, setResult] = useState('');
  useEffect(() => {
    learn().then(setResult, (error) => setResult(error.message));
  }, []);
  return <p id="result">{result}</p>;
}
