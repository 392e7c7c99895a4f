import { flagOf, type OptionForm } from '@unrolled/app-shared';
import { type Architecture, architectureOf, fileUnitOf, type SavedModel } from '@unrolled/language-model';
import { readModel } from '@unrolled/language-model/node';
import { PRESETS } from '@unrolled/language-model/settings';
import { refuse } from '../refuse';
import { parseValues, readConfig } from './config-file';
import { foldLayers, type OptionLayer, type OptionLayers } from './resolve-settings';
import { openResumed, type Resumed } from './resume';
import type { TrainOptions } from './run-settings';

/** The options of a run that are known before the text is read. */
export interface Beginning extends OptionLayers {
  readonly files: readonly string[];
  readonly resumed: Resumed | undefined;
  readonly initFrom: SavedModel | undefined;
}

/**
 * Reads the files that contain options: a config file, a preset, the resumed run or the initial model. Each
 * has a lower precedence than the command line.
 *
 * @param given the options on the command line
 * @param forms all options of the command
 * @throws UnrolledError if a file is missing or damaged, or options contradict each other
 */
export async function readLayers(
  given: Partial<TrainOptions>,
  files: readonly string[],
  forms: readonly OptionForm[],
): Promise<Beginning> {
  const layers: OptionLayer[] = [{ source: 'cli', values: given }];
  const { config: file } = foldLayers(layers);
  const config = file === undefined ? undefined : await readConfig(file, forms);
  if (config) layers.push({ source: 'config', values: config.values });
  const { preset } = foldLayers(layers);
  if (preset !== undefined) layers.push({ source: 'preset', values: PRESETS[preset]!.settings });
  const asked = foldLayers(layers);
  const resumed = asked.resume === undefined ? undefined : await openResumed(asked.resume, asked, forms);
  const initFrom = asked.initFrom === undefined ? undefined : await readModel('--init-from', asked.initFrom);
  if (resumed) layers.push({ source: 'checkpoint', values: resumed.settings });
  if (initFrom) layers.push({ source: 'checkpoint', values: modelOptions(initFrom, asked, forms) });
  return {
    ...{ layers, resumed, initFrom },
    checkpoint: resumed ? 'run' : initFrom ? 'model' : undefined,
    files: files.length > 0 ? files : (config?.files ?? resumed?.files ?? []),
  };
}

/** The options of the model from whose weights a run starts. */
function modelOptions(
  { settings, vocabulary }: SavedModel,
  asked: Partial<TrainOptions>,
  forms: readonly OptionForm[],
): Partial<TrainOptions> {
  const saved = parseValues(settings, forms, '--init-from', asked.initFrom!) as Partial<TrainOptions>;
  const description = {
    ...architectureOf(saved as Architecture),
    unit: fileUnitOf('--init-from', vocabulary),
  };
  for (const [name, expected] of Object.entries(description)) {
    const value = asked[name as keyof TrainOptions];
    // Dropout does not depend on the weights.
    const isFree = name === 'dropout' || name === 'variationalDropout';
    if (isFree || value === undefined || value === expected) continue;
    refuse(flagOf(name), {
      expected: `${expected}, as in ${asked.initFrom}`,
      got: String(value),
      remedy: 'omit the model options: --init-from sets them',
    });
  }
  return { ...description, ...(saved.normalize && { normalize: saved.normalize }) };
}
