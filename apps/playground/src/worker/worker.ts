/**
 * The Worker of one model, which does all computation. It answers the page's messages between the steps of
 * the run.
 */
import type { FromWorker, Questions, ToWorker } from '../messages';
import { answer } from './answers';
import { startBackend } from './backend';
import { prepare } from './corpus';
import { Lane } from './lane';
import { buffersOf } from './trace';

const page = self as unknown as {
  postMessage(message: FromWorker, transfer?: ArrayBuffer[]): void;
  onmessage: (event: { readonly data: ToWorker }) => void;
};

let lane: Lane | undefined;
let latest = 0;
/** Number of steps that the run may take once it has started. */
let allowed = 0;
let isHidden = false;
/** The previous run ends first, because only one run may own tensors and kernels at a time. */
let ended: Promise<void> = Promise.resolve();

const wordsOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const codeOf = (error: unknown) => String((error as { code?: unknown } | undefined)?.code ?? 'unexpected');

async function begin({
  run,
  choice,
  text,
  threads,
  checkpoint,
}: ToWorker & { kind: 'begin' }): Promise<void> {
  const machine = await startBackend(choice.simd, threads);
  const prepared = await prepare(choice, text, checkpoint);
  if (run !== latest) return;
  lane = new Lane(run, prepared, choice.temperature, (message) => page.postMessage(message));
  const { dataset, settings, bigram, unknown, isWritten } = prepared;
  const { cell, layers, units } = settings;
  page.postMessage({
    ...{ kind: 'begun', run, machine },
    begun: {
      ...{ cell, layers, units, bigram, unknown, isWritten, continues: prepared.resume !== undefined },
      symbols: Array.from({ length: dataset.vocabulary.size }, (_, id) => dataset.vocabulary.decode([id])),
      weights: lane.weightCount(),
    },
  });
  lane.hold(isHidden);
  if (allowed > 0) lane.gate.open(allowed);
  await lane.follow();
}

page.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'begin': {
      latest = data.run;
      allowed = data.steps;
      lane?.close();
      lane = undefined;
      ended = ended
        .then(() => (data.run === latest ? begin(data) : undefined))
        .catch((error) => {
          page.postMessage({ kind: 'failed', run: data.run, message: wordsOf(error), code: codeOf(error) });
        });
      return;
    }
    case 'go':
      allowed = data.steps ?? Number.POSITIVE_INFINITY;
      return lane?.go(allowed);
    case 'pause':
      allowed = 0;
      return lane?.pause();
    case 'seen':
      return lane?.seen();
    case 'hide':
      isHidden = data.isHidden;
      return lane?.hold(isHidden);
    case 'temperature':
      return lane?.setTemperature(data.value);
    case 'look':
      return lane?.look(data.step);
    case 'rewind':
      void lane?.rewind(data.step);
      return;
    case 'ask':
      void reply(data.id, data.name, data.ask);
  }
};

async function reply(id: number, name: keyof Questions, ask: unknown): Promise<void> {
  try {
    if (name === 'forecast') {
      const { csv, threads } = ask as Questions['forecast']['ask'];
      await startBackend('auto', threads);
      const { forecastOf } = await import('./forecast');
      page.postMessage({ kind: 'answer', id, answer: await forecastOf(csv) });
      return;
    }
    if (!lane) throw new Error('no model yet');
    const given = await answer(lane, name, ask as never);
    const { trace } = given as Partial<Questions['trace']['answer']>;
    page.postMessage({ kind: 'answer', id, answer: given }, trace ? buffersOf(trace) : []);
  } catch (error) {
    page.postMessage({ kind: 'refused', id, message: wordsOf(error) });
  }
}
