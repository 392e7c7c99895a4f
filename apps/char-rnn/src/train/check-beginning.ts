import { flagOf } from '@unrolled/app-shared';
import type { Vocabulary } from '@unrolled/data';
import { batchesPerEpoch, type Dataset, fingerprintOf } from '@unrolled/language-model';
import { stepLimit } from '@unrolled/runs';
import { refuse } from '../refuse';
import type { Beginning } from '../settings/read-layers';
import type { Resumed } from '../settings/resume';
import type { RunSettings } from '../settings/run-settings';

/**
 * Refuses a text or a limit that does not fit the resumed run.
 *
 * @throws UnrolledError that states the difference
 */
export async function checkBeginning(
  { resumed }: Pick<Beginning, 'resumed'>,
  settings: RunSettings,
  dataset: Dataset,
): Promise<void> {
  if (!resumed) return;
  await checkSameText(resumed, dataset);
  checkIsLonger(settings, resumed.run.snapshot.step, dataset);
}

const isSame = (a: Vocabulary, b: Vocabulary) => a.tokens.join('\0') === b.tokens.join('\0');

async function checkSameText({ model: { text, vocabulary } }: Resumed, dataset: Dataset): Promise<void> {
  const now = await fingerprintOf(dataset);
  const different = (expected: string, got: string) =>
    refuse('--resume', {
      expected: `the original text of the run, ${expected}`,
      got,
      remedy: 'pass the same files, or start a new run on another text with --init-from',
    });
  if (now.train !== text.train || now.validation !== text.validation)
    different(
      `${text.train} training and ${text.validation} validation tokens`,
      `${now.train} and ${now.validation} tokens`,
    );
  if (!isSame(vocabulary, dataset.vocabulary) || now.hash !== text.hash)
    different('the same characters', 'a text of the same length with other characters');
}

/** A run that is already complete is only reported. A new limit before its current step is an error. */
function checkIsLonger(settings: RunSettings, step: number, dataset: Dataset): void {
  const limit = stepLimit(settings, batchesPerEpoch(settings, dataset));
  if (step <= limit) return;
  refuse(flagOf(settings.steps === undefined ? 'epochs' : 'steps'), {
    expected: `a limit of at least ${step}, the current step of the run`,
    got: `a limit of ${limit}`,
  });
}
