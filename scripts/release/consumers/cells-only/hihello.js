// Uses only the cells and tfjs-core. The loss and the optimizer are tfjs's, and the loop is written here.
import * as tf from '@tensorflow/tfjs-core';
import { dense, flattenParams, lstm, mapTree, stack, unroll } from '@unrolled/cells';

const letters = ['h', 'i', 'e', 'l', 'o'];
const ids = [...'hihello'].map((letter) => letters.indexOf(letter));
const x = tf.tensor2d([ids.slice(0, -1)], [1, 6], 'int32');
const y = tf.oneHot(tf.tensor1d(ids.slice(1), 'int32'), letters.length);
const model = stack([
  lstm({ inputSize: letters.length, units: 16, inputKind: 'ids' }),
  dense({ inputSize: 16, units: letters.length }),
]);
const params = mapTree(model.init(1), (tensor) => tf.variable(tensor));
const logits = () => tf.squeeze(unroll(model, params, x).output, [0]);
const optimizer = tf.train.adam(0.05);
for (let step = 0; step < 100; step++) {
  const loss = () => tf.neg(tf.mean(tf.sum(tf.mul(y, tf.logSoftmax(logits())), 1)));
  optimizer.minimize(loss, false, Object.values(flattenParams(params)));
}
const best = tf.argMax(logits(), 1).dataSync();
console.log(`${Array.from(best, (id) => letters[id]).join('')} (${tf.getBackend()} backend)`);
