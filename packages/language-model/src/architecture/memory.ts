import type { OptionKinds } from '@unrolled/errors';
import { checkTrainingMemory, recurrentSize } from '@unrolled/training';
import { asInCode, checkKind, checkOptions, type OptionNaming } from '../refuse';
import type { Architecture } from './architecture';

/** The sizes that determine the memory of a model in training. */
export interface ModelSize extends Pick<Architecture, 'cell' | 'layers' | 'units' | 'embedding' | 'tied'> {
  readonly vocabularySize: number;
  readonly batchSize: number;
  readonly sequenceLength: number;
  /** If above 0, a moving average of the weights also needs memory. */
  readonly averaging?: number;
}

const KINDS: OptionKinds<ModelSize> = {
  cell: "'lstm', 'gru' or 'rnn'",
  layers: 'number',
  units: 'number',
  embedding: 'number',
  tied: 'boolean',
  vocabularySize: 'number',
  batchSize: 'number',
  sequenceLength: 'number',
  averaging: 'number?',
};

/**
 * Refuses a model whose training would exceed the available memory, before anything is allocated.
 *
 * @param nameOf the name of an option in messages
 * @throws UnrolledError with code 'memory'
 */
export function checkModelMemory(size: ModelSize, nameOf: OptionNaming = asInCode): void {
  checkOptions('checkModelMemory', size, KINDS, true);
  checkKind('checkModelMemory', 'nameOf', nameOf, 'function?');
  const { embedding, tied, units, vocabularySize, averaging = 0 } = size;
  const steps = size.batchSize * size.sequenceLength;
  const recurrent = recurrentSize({
    cell: size.cell,
    layers: size.layers,
    units,
    inputSize: embedding || vocabularySize,
    steps,
  });
  const head = tied ? vocabularySize : (units + 1) * vocabularySize;
  checkTrainingMemory(
    'training',
    {
      parameters: recurrent.parameters + head + embedding * vocabularySize,
      // The embedded tokens, and the logits with their gradient.
      activations: recurrent.activations + steps * (embedding + 2 * vocabularySize),
      copies: averaging > 0 ? 5 : 4,
    },
    `reduce ${nameOf('units')}, ${nameOf('layers')}, ${nameOf('batchSize')} or ${nameOf('sequenceLength')}`,
  );
}
