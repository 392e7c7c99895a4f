/**
 * Trains the page's model in Node, with the page's binary. Prints the milliseconds of a step, and the number
 * of characters that the model knows.
 */
import { readFileSync } from 'node:fs';
import { useUnrolledBackend } from '@unrolled/kernels';
import { choiceFor } from '../../src/choice';
import { stateFrom } from '../../src/state/address';
import { textOf } from '../../src/texts/texts';
import { prepare } from '../../src/worker/corpus';
import { Lane } from '../../src/worker/lane';

const { address, moby, threads, warmUp, milliseconds } = JSON.parse(process.argv[2]!) as {
  readonly address: string;
  /** The file of Moby-Dick. */
  readonly moby: string;
  readonly threads: number;
  readonly warmUp: number;
  readonly milliseconds: number;
};
const { choice = choiceFor('hihello') } = stateFrom(address);
await useUnrolledBackend({ executor: 'webassembly', binary: 'relaxed', threads });
const text = choice.text === 'moby' ? readFileSync(moby, 'utf8') : await textOf(choice.text, '');
const prepared = await prepare(choice, text, undefined);
let began: { readonly step: number; readonly at: number } | undefined;
const lane = new Lane(1, prepared, choice.temperature, (message) => {
  if (message.kind !== 'progress') return;
  setTimeout(() => lane.seen());
  const now = performance.now();
  if (!began && message.step >= warmUp) began = { step: message.step, at: now };
  if (!began || now - began.at < milliseconds) return;
  const perStep = (now - began.at) / (message.step - began.step);
  process.stdout.write(JSON.stringify({ perStep, vocabulary: prepared.dataset.vocabulary.size }));
  process.exit(0);
});
lane.gate.open(1_000_000);
void lane.follow();
