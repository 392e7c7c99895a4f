/** Reads char-rnn's config file with its sources, because the application exports nothing. */
import { optionForms } from '@unrolled/app-shared';
import { createCorpus } from '@unrolled/data';
import { trainCommand } from '../src/commands/train';
import { readConfig } from '../src/settings/config-file';
import { resolveSettings } from '../src/settings/resolve-settings';

const forms = optionForms(trainCommand());
const text = createCorpus('hello there, hello again. '.repeat(40));

/** The settings of a run with this config file. */
export async function settingsOfConfig(file: string): Promise<unknown> {
  const { values } = await readConfig(file, forms);
  const layers = [{ source: 'config', values }];
  return resolveSettings({ layers, checkpoint: undefined }, text, 'unrolled').settings;
}
