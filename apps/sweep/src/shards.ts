/** Parts of a study that share only a folder. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { refuse } from './refuse';
import { type Plan, STUDY_FILES } from './study-files';

/** Part `index` of `count`, from 1. It runs the trials whose number modulo `count` is `index` − 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** `2/4` */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new InvalidArgumentError('a part and the number of parts, from 1/4 to 4/4');
}

/** The path of a shard's record, in the study's directory. */
export const shardFolder = ({ index, count }: Shard) => path.join(STUDY_FILES.shards, `${index}-of-${count}`);

/** Converts the number of a trial in a shard to its number in the study. */
export const numberInStudy = ({ index, count }: Shard, number: number) => number * count + index - 1;

export const numberInShard = ({ count }: Shard, number: number) => Math.floor(number / count);

/** The number of a study's `trials` that a shard runs. */
export const trialsOfShard = ({ index, count }: Shard, trials: number) =>
  Math.max(0, Math.ceil((trials - index + 1) / count));

/**
 * Writes the plan of a study in shards, unless one exists; an existing plan must be the same.
 *
 * @throws if the folder contains another study
 */
export function claimPlan(study: string, plan: Plan): void {
  mkdirSync(study, { recursive: true });
  const file = path.join(study, STUDY_FILES.plan);
  const text = `${JSON.stringify(plan, null, 2)}\n`;
  const temporary = `${file}.${process.pid}.${Date.now()}.tmp`;
  writeFileSync(temporary, text);
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (readFileSync(file, 'utf8') === text) return;
    const remedy = 'start all shards with the same options, or choose another directory';
    refuse('--study', {
      expected: 'the same study for every shard',
      got: `a different study in ${study}`,
      remedy,
    });
  } finally {
    rmSync(temporary, { force: true });
  }
}
