import { describe, expect, test } from 'vitest';
import { foldSettings, type SettingsLayer, type SettingsRelations } from '../src/index';

interface Settings {
  steps: number;
  epochs: number;
  minutes: number;
  seconds: number;
  clip: number;
  clipValue: number;
  tied: boolean;
  embedding: number;
  optimizer: string;
  beta2: number;
  units: number;
}

const relations: SettingsRelations<Settings> = {
  replaces: {
    ...{ steps: ['epochs'], epochs: ['steps'], minutes: ['seconds'], seconds: ['minutes'] },
    ...{ clip: ['clipValue'], clipValue: ['clip'], tied: ['embedding'], optimizer: ['beta2'] },
  },
  exclusive: [
    ['steps', 'epochs'],
    ['clip', 'clipValue'],
  ],
  defaults: { optimizer: 'adam', beta2: 0.99, clip: 1 },
};
const layers = (...values: Partial<Settings>[]): SettingsLayer<Settings>[] =>
  values.map((layer, at) => ({ source: ['cli', 'config', 'preset'][at]!, values: layer }));

describe('foldSettings', () => {
  test('takes each setting from the first layer that sets it, and says which', () => {
    const { values, sources, conflicts } = foldSettings(
      layers({ units: 6 }, { units: 5, seconds: 3 }, { units: 4, seconds: 2, steps: 1 }),
    );
    expect(values).toEqual({ units: 6, seconds: 3, steps: 1 });
    expect(sources).toEqual({ units: 'cli', seconds: 'config', steps: 'preset' });
    expect(conflicts).toEqual([]);
  });

  test('leaves out what a layer before replaces, in layers after it alone', () => {
    const { values, sources } = foldSettings(
      layers({ steps: 9, tied: true }, { epochs: 3, embedding: 7, minutes: 1 }, { seconds: 5, clipValue: 5 }),
      relations,
    );
    expect(values).toMatchObject({ steps: 9, tied: true, minutes: 1, clipValue: 5 });
    expect(values).not.toHaveProperty('epochs');
    expect(values).not.toHaveProperty('embedding');
    expect(values).not.toHaveProperty('seconds');
    expect(sources.clipValue).toBe('preset');
    expect(foldSettings(layers({ tied: true, embedding: 3 }), relations).values.embedding).toBe(3);
  });

  test('what is replaced itself replaces nothing', () => {
    const { values } = foldSettings(layers({ steps: 1 }, { epochs: 2 }, { steps: 3 }), relations);
    expect(values.steps).toBe(1);
  });

  test('defaults hold where nothing is set, replaced or not', () => {
    const { values, sources } = foldSettings(layers({ optimizer: 'adam', clipValue: 2 }), relations);
    expect(values).toEqual({ optimizer: 'adam', clipValue: 2, beta2: 0.99, clip: 1 });
    expect(sources).toEqual({ optimizer: 'cli', clipValue: 'cli', beta2: 'default', clip: 'default' });
  });

  test('an undefined entry is not set, and no input changes', () => {
    const given = layers({ units: undefined }, { units: 3 });
    expect(foldSettings(given, relations).sources.units).toBe('config');
    expect(given).toEqual(layers({ units: undefined }, { units: 3 }));
  });

  test.each<[string, Partial<Settings>[], string[]]>([
    ['within one layer', [{ steps: 1, epochs: 2 }], ['steps,epochs']],
    ['within a lower layer', [{ units: 1 }, { clip: 1, clipValue: 2 }], ['clip,clipValue']],
    ['not where one layer replaces the other', [{ steps: 1 }, { epochs: 2 }], []],
  ])('tells exclusive settings %s', (_name, given, expected) => {
    expect(foldSettings(layers(...given), relations).conflicts.map(String)).toEqual(expected);
  });

  test('tells exclusive settings of two layers, where neither replaces the other', () => {
    const { conflicts } = foldSettings(layers({ steps: 1 }, { epochs: 2 }), {
      exclusive: [['steps', 'epochs']],
    });
    expect(conflicts).toEqual([['steps', 'epochs']]);
  });
});
