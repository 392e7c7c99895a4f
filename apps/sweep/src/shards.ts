/** Parts of a study that share nothing but a folder. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import { refuse } from './refuse';
import { type Plan, STUDY_FILES } from './study-files';

/**
 * Part `index` of `count`, from 1: it makes the trials whose number leaves `index` − 1 when divided by
 * `count`.
 */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** `2/4` */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  throw new InvalidArgumentError('a part and how many there are, from 1/4 to 4/4');
}

/** The path of a shard's record, in the study's directory. */
export const shardFolder = ({ index, count }: Shard) => path.join(STUDY_FILES.shards, `${index}-of-${count}`);

/** A trial's number in the study, by its number in a shard. */
export const numberInStudy = ({ index, count }: Shard, number: number) => number * count + index - 1;

export const numberInShard = ({ count }: Shard, number: number) => Math.floor(number / count);

/** The number of a study's `trials` that belong to a shard. */
export const trialsOfShard = ({ index, count }: Shard, trials: number) =>
  Math.max(0, Math.ceil((trials - index + 1) / count));

/**
 * Writes the plan of a study of shards where none has yet; else it has to be the same.
 *
 * @throws where another study is there
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
    const remedy = 'begin all shards with the same options, or give another directory';
    refuse('--study', { expected: 'the same study for every shard', got: `another one in ${study}`, remedy });
  } finally {
    rmSync(temporary, { force: true });
  }
}
