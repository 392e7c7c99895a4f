import { createCorpus } from '@unrolled/data';
import { describe, expect, test } from 'vitest';
import {
  engineSizes,
  foldLayers,
  type OptionLayer,
  type OptionLayers,
  resolveSettings,
} from '../src/settings/resolve-settings';

const text = createCorpus('the whale swam and the ship sank. '.repeat(20));
const given = (...layers: OptionLayer[]): OptionLayers => ({ layers, checkpoint: undefined });
const cli = (values: OptionLayer['values']): OptionLayer => ({ source: 'cli', values });
const settingsOf = (layers: OptionLayers, backend = 'unrolled') =>
  resolveSettings(layers, text, backend).settings;

describe('settings', () => {
  test('come from the uppermost layer that has them, then from the text', () => {
    const layers = given(cli({ units: 6 }), { source: 'config', values: { units: 5, layers: 3 } });
    expect(settingsOf(layers)).toMatchObject({ units: 6, layers: 3, sequenceLength: 25, epochs: 30 });
    const { sources, reasons } = resolveSettings(layers, text, 'cpu');
    expect(sources).toMatchObject({ units: 'cli', layers: 'config', epochs: 'text', embedding: 'text' });
    expect(sources).toMatchObject({ seed: 'default', temperature: 'default' });
    expect(reasons).toEqual([
      'defaults for a text of below 50.0k training tokens: dropout 0.2, sequence-length 25, batch-size 10, learning-rate 0.008, epochs 30',
    ]);
  });

  test('that a higher layer replaces have no effect', () => {
    const preset: OptionLayer = { source: 'preset', values: { epochs: 50, clipValue: 5, embedding: 64 } };
    const settings = settingsOf(given(cli({ steps: 3, clip: 2, tied: true, units: 8 }), preset));
    expect(settings).toMatchObject({ steps: 3, clip: 2, embedding: 8 });
    for (const name of ['epochs', 'clipValue']) expect(settings).not.toHaveProperty(name);
    expect(() => foldLayers([cli({ steps: 3, epochs: 1 })])).toThrow(
      '[unrolled/char-rnn] --steps: expected --steps or --epochs, got both',
    );
  });

  test('are sorted, whatever order they were given in', () => {
    const names = Object.keys(settingsOf(given(cli({ units: 6, batchSize: 3, cell: 'gru' }))));
    expect(names).toEqual([...names].sort());
  });

  test('of another optimizer than Adam have no beta2 but one that is given, which is refused', () => {
    expect(settingsOf(given(cli({ optimizer: 'sgd' })))).not.toHaveProperty('beta2');
    expect(() => settingsOf(given(cli({ optimizer: 'sgd', beta2: 0.99 })))).toThrow(
      '--beta2: expected --optimizer adam together with this option, got sgd',
    );
  });
});

describe('--quick', () => {
  const quick = given(cli({ quick: true, batchSize: 7 }));

  test('gives the values of the engine, under what is given', () => {
    expect(settingsOf(quick, 'cpu')).toMatchObject({ cell: 'gru', units: 32, batchSize: 7, seconds: 40 });
    expect(settingsOf(quick)).toMatchObject({ cell: 'lstm', units: 128, batchSize: 7, seconds: 40 });
  });

  test('is the source of its values', () => {
    const { sources } = resolveSettings(quick, text, 'cpu');
    expect(sources).toMatchObject({ batchSize: 'cli', units: 'quick', seconds: 'quick', clip: 'default' });
  });

  test('leaves the limit in time out of a run that has a limit', () => {
    expect(settingsOf(given(cli({ quick: true, steps: 3 })))).not.toHaveProperty('seconds');
  });

  test('has no sizes before the engine is chosen; other runs have all', () => {
    expect(engineSizes(quick, text)).toEqual({ units: undefined, batchSize: 7 });
    expect(engineSizes(given(cli({})), text)).toEqual({ units: 64, batchSize: 10 });
  });

  test('changes nothing about a run that goes on', () => {
    const saved = settingsOf(quick, 'cpu');
    const run = { layers: [cli({}), { source: 'checkpoint', values: saved }], checkpoint: 'run' } as const;
    expect(resolveSettings(run, text, 'unrolled')).toMatchObject({ settings: saved, reasons: [] });
  });
});
