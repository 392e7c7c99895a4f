#!/bin/sh
# tf.tidy of tfjs-core 4.22.0 searches what its function returns for tensors, and counts each number of a typed array in it as an object:
# it keeps them in a Set. A typed array beside a tensor costs a Set of its distinct numbers, and one with 2^24 distinct numbers or more
# ends in a RangeError. Return tensors only, or carry the array out through a variable.
#
# Seen with @tensorflow/tfjs-core 4.22.0, @tensorflow/tfjs-backend-cpu 4.22.0, Node 20.20.2:
#     through a variable: 16777217 numbers
#     in the result: RangeError
# Fails when either line changes.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
echo '{ "type": "module" }' > package.json
npm install --silent --no-audit --no-fund @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0
cat > try.mjs <<'JS'
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

await tf.setBackend('cpu');
const numbers = Float64Array.from({ length: 2 ** 24 + 1 }, (_, index) => index);
let carried;
tf.tidy(() => {
  carried = numbers;
  return tf.scalar(1);
});
const seen = [`through a variable: ${carried.length} numbers`];
try {
  tf.tidy(() => ({ sum: tf.scalar(1), numbers }));
  seen.push('in the result: no error');
} catch (error) {
  seen.push(`in the result: ${error.name}`);
}
console.log(seen.join('\n'));
const expected = ['through a variable: 16777217 numbers', 'in the result: RangeError'];
process.exit(seen.join() === expected.join() ? 0 : 1);
JS
node try.mjs 2> /dev/null | grep -e 'through' -e 'in the result' > seen.txt || true
cat seen.txt
[ "$(cat seen.txt)" = "through a variable: 16777217 numbers
in the result: RangeError" ]
