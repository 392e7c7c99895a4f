#!/bin/sh
# @tensorflow/tfjs-backend-cpu 4.22.0: with padding, tf.avgPool divides each window's sum by the number of
# cells inside the picture, but its gradient divides by the number of all cells of the window. At padded edges
# the gradient is too small, and differs from a difference quotient.
#
# Seen with @tensorflow/tfjs 4.22.0, Node 20.20.2; a picture of 3 x 3, windows of 2 x 2, stride 2, 'same':
#     gradient: 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25
#     difference: 0.25 0.25 0.5 0.25 0.25 0.5 0.5 0.5 1
# Fails if either line changes.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
echo '{ "type": "module" }' > package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs@4.22.0
cat > try.mjs <<'JS'
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');
const sumOf = (picture) => tf.sum(tf.avgPool(picture, 2, 2, 'same'));
const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const gradient = tf.grad(sumOf)(tf.tensor4d(numbers, [1, 3, 3, 1])).dataSync();
const at = (values) => sumOf(tf.tensor4d(values, [1, 3, 3, 1])).dataSync()[0];
const difference = numbers.map((_, cell) => at(numbers.map((value, index) => value + (index === cell ? 1 : 0))) - at(numbers));
console.log(`gradient: ${[...gradient].join(' ')}`);
console.log(`difference: ${difference.join(' ')}`);
JS
node try.mjs 2> /dev/null | grep -e '^gradient' -e '^difference' > seen.txt || true
cat seen.txt
[ "$(cat seen.txt)" = "gradient: 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25 0.25
difference: 0.25 0.25 0.5 0.25 0.25 0.5 0.5 0.5 1" ]
