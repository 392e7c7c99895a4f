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
 * @throws UnrolledError naming the difference
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
      remedy: 'give the same files; for another text start a new run with --init-from',
    });
  if (now.train !== text.train || now.validation !== text.validation)
    different(
      `${text.train} tokens to learn from and ${text.validation} to validate on`,
      `${now.train} and ${now.validation}`,
    );
  if (!isSame(vocabulary, dataset.vocabulary) || now.hash !== text.hash)
    different('to the last character', 'one of the same length with other characters');
}

/** A run that is over already is only reported; one whose new limit it has passed is a mistake. */
function checkIsLonger(settings: RunSettings, step: number, dataset: Dataset): void {
  const limit = stepLimit(settings, batchesPerEpoch(settings, dataset));
  if (step <= limit) return;
  refuse(flagOf(settings.steps === undefined ? 'epochs' : 'steps'), {
    expected: `a limit at or after step ${step}, where the run is now`,
    got: `one at step ${limit}`,
  });
}
