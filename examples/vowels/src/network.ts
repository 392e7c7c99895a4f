import * as tf from '@tensorflow/tfjs-core';
import * as nn from '@unrolled/cells';
import { fitStandardScaler, padSequences, type Scaler, shuffledBatches } from '@unrolled/data';
import type { Utterance } from '@unrolled/example-data';
import { crossEntropy } from '@unrolled/losses';
import { cosineDecay, modelLoss, train } from '@unrolled/training';

/** The coefficients of a step, and the number of speakers. */
const [COEFFICIENTS, SPEAKERS] = [12, 9];

/** The settings that cross-validation chooses. */
export interface Settings {
  /** Units of each LSTM. */
  readonly units: number;
  /** Dropout of the LSTMs' outputs at each step. */
  readonly dropout: number;
  /** Number of epochs. */
  readonly epochs: number;
}

/**
 * A bidirectional LSTM reads the utterance. The mean of its outputs over time decides between the nine
 * speakers.
 */
export function network({ units, dropout }: Settings) {
  const listener = nn.lstm({ inputSize: COEFFICIENTS, units });
  return nn.stack([
    nn.bidirectional(listener, listener),
    nn.dropout({ rate: dropout }),
    nn.globalAveragePool1d(),
    nn.dense({ inputSize: 2 * units, units: SPEAKERS }),
  ]);
}

export type Network = ReturnType<typeof network>;

/** A trained network, with the scaler of its inputs. The caller disposes its parameters. */
export interface Listener {
  readonly model: Network;
  readonly params: nn.ParamsOf<Network>;
  readonly scaler: Scaler;
}

/** Utterances of different lengths, padded to [B, T, 12]. */
function heard(scaler: Scaler, utterances: readonly Utterance[]) {
  const sequences = utterances.map(({ coefficients }) => Float32Array.from(scaler.transform(coefficients)));
  const { values, count, length, lengths } = padSequences(sequences, { features: COEFFICIENTS });
  const targets = utterances.map(({ speaker }) => speaker);
  return { inputs: tf.tensor3d(values, [count, length, COEFFICIENTS]), targets, lengths };
}

/**
 * Trains on utterances with Adam in batches of 15. `told` receives each step's loss; returning false ends the
 * training.
 */
export async function learn(
  utterances: readonly Utterance[],
  settings: Settings & { readonly seed: number },
  told: (step: { step: number; loss: number; total: number }) => boolean | undefined = () => true,
): Promise<Listener & { readonly steps: number }> {
  const all = Float32Array.from(utterances.flatMap(({ coefficients }) => Array.from(coefficients)));
  const scaler = fitStandardScaler(all, { columns: COEFFICIENTS });
  const model = network(settings);
  const { seed, epochs } = settings;
  const batches = shuffledBatches(utterances, {
    batchSize: 15,
    seed,
    collate: (some) => heard(scaler, some),
  });
  const total = epochs * batches.batchesPerEpoch;
  const run = train({
    params: () => model.init(seed),
    lossOf: modelLoss(model, crossEntropy),
    ...{ batches, epochs, seed, clip: { globalNorm: 1 } },
    learningRate: cosineDecay({ initial: 0.01, steps: total }),
  });
  let steps = 0;
  for await (const { step, loss } of run) {
    steps = step;
    if (told({ step, loss, total }) === false) break;
  }
  return { model, params: run.params, scaler, steps };
}

/** The probability of each speaker for each utterance, row by row. */
export function speakersOf(
  { model, params, scaler }: Listener,
  utterances: readonly Utterance[],
): Float32Array {
  return tf.tidy(() => {
    const { inputs, lengths } = heard(scaler, utterances);
    return tf.softmax(nn.unroll(model, params, inputs, { lengths }).output).dataSync<'float32'>();
  });
}

/** The most likely speaker of each utterance. */
export function guess(listener: Listener, utterances: readonly Utterance[]): number[] {
  const shares = speakersOf(listener, utterances);
  return utterances.map((_, row) => {
    const own = shares.subarray(row * SPEAKERS, (row + 1) * SPEAKERS);
    return own.indexOf(Math.max(...own));
  });
}
