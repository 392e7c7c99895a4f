/** A checkpoint's config is returned with the type that a check gives it. */

import path from 'node:path';
import { disposeTree } from '@unrolled/cells';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Checkpoint,
  decodeCheckpoint,
  type EarlyStoppingState,
  earlyStopping,
  encodeCheckpoint,
  type Json,
  train,
} from '../src/index';
import { loadCheckpoint, saveCheckpoint } from '../src/node';
import { complaint, finish, model, smallRun, withoutLeak } from './support';
import { temporaryFolder } from './temporary-folder';

interface Settings {
  readonly waves: readonly string[];
  readonly stopping: EarlyStoppingState;
}

const isSettings = (config: unknown): config is Settings =>
  typeof config === 'object' && config !== null && 'waves' in config && Array.isArray(config.waves);

/** In the form of a schema library. */
const schema = {
  parse(config: unknown): Settings {
    if (isSettings(config)) return { ...config, waves: config.waves.map((wave) => wave.toUpperCase()) };
    throw new TypeError('waves: Required');
  },
};

const stopping = earlyStopping({ patience: 3 });
stopping.update({ step: 4, loss: 0.5 });
stopping.update({ step: 8, loss: 0.75 });
// An interface would not be a `Json`: this line is a test of types.
const config: Json = { waves: ['sine', 'square'], stopping: stopping.state() };

async function withCheckpoint(
  given: Json,
  body: (bytes: Uint8Array, file: string) => Promise<void>,
): Promise<void> {
  await withoutLeak(async () => {
    const params = model.init(1);
    const run = train({ ...smallRun({ steps: 1 }), params });
    await finish(run);
    const file = path.join(temporaryFolder(), 'run.safetensors');
    await saveCheckpoint(file, run.snapshot(), { config: given });
    await body(encodeCheckpoint(run.snapshot(), { config: given }), file);
    disposeTree([params, run.params]);
  });
}

describe('the config of a checkpoint', () => {
  it('is typed by a guard or a parser, and Json without one', () =>
    withCheckpoint(config, async (bytes, file) => {
      const plain = await loadCheckpoint(file);
      expectTypeOf(plain).toEqualTypeOf<Checkpoint>();
      expect(plain.config).toEqual(config);
      for (const guarded of [
        await loadCheckpoint(file, { check: isSettings }),
        decodeCheckpoint(bytes, { check: isSettings }),
      ]) {
        expectTypeOf(guarded).toEqualTypeOf<Checkpoint<Settings>>();
        expect(guarded.config.waves).toEqual(['sine', 'square']);
        expect(guarded.snapshot.step).toBe(1);
        const again = earlyStopping({ patience: 3, state: guarded.config.stopping });
        expect([again.best, again.update({ step: 12, loss: 0.6 }).stop]).toEqual([
          { step: 4, loss: 0.5 },
          false,
        ]);
        expect(again.update({ step: 16, loss: 0.6 }).stop).toBe(true);
      }
      const parsed = await loadCheckpoint(file, { check: schema.parse });
      expectTypeOf(parsed).toEqualTypeOf<Checkpoint<Settings>>();
      expect(parsed.config.waves).toEqual(['SINE', 'SQUARE']);
      expect(decodeCheckpoint(bytes, schema.parse && { check: schema.parse }).config).toEqual(parsed.config);
    }));

  it.each<Json>([null, true, false, 3, 'text', [1, { a: null }], { check: false }])(
    '%j comes back through a parser that gives what it gets, and a guard that takes all',
    (given) =>
      withCheckpoint(given, async (bytes) => {
        expect(decodeCheckpoint(bytes, { check: (it) => it as Json }).config).toEqual(given);
        expect(decodeCheckpoint(bytes, { check: (it): it is Json => it !== undefined }).config).toEqual(
          given,
        );
      }),
  );

  it('that its check refuses is refused in words, the check’s own within', () =>
    withCheckpoint({ sizes: [1] }, async (bytes, file) => {
      expect(await complaint(() => loadCheckpoint(file, { check: isSettings }))).toBe(
        '[unrolled/training] loadCheckpoint: expected a checkpoint whose config the option check accepts, got an object: use a checkpoint of this program; another program or version wrote this one',
      );
      expect(await complaint(() => decodeCheckpoint(bytes, schema as never))).toContain(
        'expected a known option, got "parse"',
      );
      const parse = () => decodeCheckpoint(bytes, { check: schema.parse });
      expect(await complaint(parse)).toContain(
        'the option check accepts, got waves: Required: use a checkpoint of this program',
      );
      expect(await complaint(() => loadCheckpoint(file, {} as never))).toContain(
        'expected check to be a function',
      );
      expect(await complaint(() => loadCheckpoint(3 as never))).toContain('expected path to be a string');
    }));
});

it('the state of early stopping is JSON, also after a loss that is not finite', () => {
  for (const losses of [[], [1], [1, 2], [Number.NaN], [Number.POSITIVE_INFINITY]]) {
    const first = earlyStopping({ patience: 4 });
    for (const [step, loss] of losses.entries()) first.update({ step, loss });
    const state: Json = first.state();
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
    const second = earlyStopping({ patience: 4, state: JSON.parse(JSON.stringify(state)) });
    for (const loss of [3, 0.5, 0.6])
      expect(second.update({ step: 9, loss })).toEqual(first.update({ step: 9, loss }));
  }
});
