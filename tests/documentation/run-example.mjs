// A process of its own for one example: runs the file, and sends what it printed and how many tensors it
// left.
import { format } from 'node:util';

const [file, usesTensors] = process.argv.slice(2);
const printed = [];
console.log = (...values) => printed.push(format(...values));
await import(file);
const tensors = usesTensors ? (await import('@tensorflow/tfjs-core')).memory().numTensors : 0;
process.send({ printed, tensors });
process.disconnect(); // from here on the process ends when the example lets it
