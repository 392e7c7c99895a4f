// Makes wrong calls, and sends each to the parent process before it is made. Arguments: DECLARATIONS FIRST
// COUNT SEED ONLY.
import { readFileSync } from 'node:fs';
import { deserialize } from 'node:v8';
import { useUnrolledBackend } from '@unrolled/kernels';
import { attack, checkCalls, randomFrom } from './attack.mjs';

const [declarations, first, calls, seed, only] = process.argv.slice(2);
console.warn = () => {};
await useUnrolledBackend({ threads: 1 });
const functions = deserialize(readFileSync(declarations));
for (const fault of await checkCalls(functions)) process.send({ index: -1, name: '', what: 'calls', fault });
let current = { index: 0, name: '' };
process.on('unhandledRejection', (error) => {
  process.send({ ...current, what: 'a promise that is not awaited', fault: String(error?.stack ?? error) });
});
await attack({
  functions,
  ...{ calls: Number(calls), first: Number(first) },
  random: (index) => randomFrom(`${seed} ${index}`),
  only: only ? only.split(',') : undefined,
  onCall(index, name) {
    current = { index, name };
    process.send(current);
  },
  onFault: (fault) => process.send(fault),
  onLate: (index) => process.send({ isLate: true, index }, () => process.exit(0)),
});
process.send({ isDone: true }, () => process.exit(0));
