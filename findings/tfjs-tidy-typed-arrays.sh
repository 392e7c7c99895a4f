#!/bin/sh
# tf.tidy of tfjs-core 4.22.0 searches its function's result for tensors. It treats each number of a typed
# array in the result as an object and adds it to a Set. A typed array in the result therefore costs a Set of
# its distinct numbers. With 2^24 distinct numbers or more tf.tidy throws a RangeError. To avoid this, return
# only tensors, or assign the array to a variable outside the function.
#
# Seen with @tensorflow/tfjs-core 4.22.0, @tensorflow/tfjs-backend-cpu 4.22.0, Node 20.20.2:
#     through a variable: 16777217 numbers
#     in the result: RangeError
# Fails if either line changes.
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
