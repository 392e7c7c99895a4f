import { describe, expect, it } from 'vitest';
import { choice, createStudy, float, integer, populationSampler, runStudy, type StudyEvent } from '../src';

const space = {
  rate: float(0.01, 1, { log: true }),
  layers: integer(1, 4),
  cell: choice(['gru', 'lstm']),
};
const MEMBERS = 5;

/** A training whose checkpoint is a text: all that was done to it. The better rate depends on the round. */
function training(hurry: (number: number) => number) {
  const checkpoints = new Map<number, { readonly text: string; readonly sum: number }>();
  const objective = async (trial: {
    readonly number: number;
    readonly from?: number;
    readonly parameters: { readonly rate: number; readonly layers: number; readonly cell: string };
  }) => {
    const { number, from, parameters } = trial;
    const before = from === undefined ? { text: '', sum: 0 } : checkpoints.get(from)!;
    await new Promise((done) => setTimeout(done, hurry(number)));
    const sum = before.sum + Math.log(parameters.rate / 0.3) ** 2 + (parameters.cell === 'gru' ? 0 : 1);
    checkpoints.set(number, { text: `${before.text}${JSON.stringify(parameters)}\n`, sum });
    return sum;
  };
  return { objective, checkpoints };
}

const study = async (concurrency: number, hurry: (number: number) => number, more: object = {}) => {
  const { objective, checkpoints } = training(hurry);
  const events: StudyEvent[] = [];
  const sampler = populationSampler({ members: MEMBERS, seed: 2 });
  const result = await runStudy(objective, {
    ...{ space, trials: 6 * MEMBERS, sampler, concurrency },
    record: (event) => events.push(event),
    ...more,
  });
  return { ...result, checkpoints, events };
};

describe('population-based training', () => {
  it('gives the same checkpoints whatever runs at once, and whatever ends first', async () => {
    const one = await study(1, () => 0);
    const many = await study(4, (number) => (number * 7) % 3);
    expect(many.trials).toEqual(one.trials);
    expect([...many.checkpoints].sort(([a], [b]) => a - b)).toEqual([...one.checkpoints]);
  });

  it('lets the worst go on from the best with parameters near theirs, the others as they are', async () => {
    const { trials } = await study(1, () => 0);
    const sampler = populationSampler({ members: MEMBERS, seed: 2 });
    const whole = createStudy({ space, sampler, trials: trials.length });
    let moves = 0;
    for (const { number, parameters, value } of trials) {
      const trial = whole.ask()!;
      const round = trials.slice(
        MEMBERS * (Math.floor(number / MEMBERS) - 1),
        MEMBERS * Math.floor(number / MEMBERS),
      );
      const from = whole.from(number);
      const ranked = [...round].sort((a, b) => a.value! - b.value!);
      if (number < MEMBERS) expect(from).toBeUndefined();
      else if (ranked.at(-1)!.number === number - MEMBERS) {
        moves += 1;
        expect(from).toBe(ranked[0]!.number);
        expect(parameters).not.toEqual(ranked.at(-1)!.parameters);
      } else {
        expect(from).toBe(number - MEMBERS);
        expect(parameters).toEqual(trials[number - MEMBERS]!.parameters);
      }
      whole.tell(trial.number, { value: value! });
    }
    expect(moves).toBe(5);
    const explored = trials
      .filter(({ number }) => number >= MEMBERS)
      .map(({ parameters }) => parameters.rate);
    const drawn = new Set(trials.slice(0, MEMBERS).map(({ parameters }) => parameters.rate));
    const ratios = explored.flatMap((rate) => [...drawn].map((one) => rate / one));
    expect(ratios.some((ratio) => Math.abs(ratio - 1.2) < 1e-9 || Math.abs(ratio - 0.8) < 1e-9)).toBe(true);
  });

  it('goes on after a kill, and puts members that failed among the worst', async () => {
    const whole = await study(2, () => 0);
    const cut = whole.events.slice(0, whole.events.findIndex((event) => event.number === 13) + 1);
    const { objective, checkpoints } = training(() => 0);
    for (const [number, checkpoint] of whole.checkpoints)
      if (number < 13) checkpoints.set(number, checkpoint);
    const sampler = populationSampler({ members: MEMBERS, seed: 2 });
    const again = await runStudy(objective, { space, trials: 30, sampler, history: cut, concurrency: 3 });
    expect(again.trials).toEqual(whole.trials);
    const failing = createStudy({ space, sampler, trials: 10 });
    for (let number = 0; number < MEMBERS; number++) failing.ask();
    expect([failing.isWaiting, failing.ask()]).toEqual([true, undefined]);
    failing.tell(0, { reason: 'no memory' });
    for (const number of [1, 2, 3, 4]) failing.tell(number, { value: number });
    expect(failing.isWaiting).toBe(false);
    failing.ask();
    expect(failing.from(5)).toBe(1);
    const record = (event: StudyEvent) => {
      if (event.event === 'told') throw new Error('the disk is full');
    };
    await expect(study(3, (number) => number, { record })).rejects.toThrow('the disk is full');
    expect(() => populationSampler({ members: 1 })).toThrow(/members/);
    expect(() => populationSampler({ members: 4, share: 0.6 })).toThrow(/share in \(0, 0\.5\]/);
  });
});
