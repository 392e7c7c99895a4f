import { expect, test } from 'vitest';
import { planBacktest } from '../src/index';
import { openTaskThread } from '../src/node/task-thread';

test('a thread that has ended refuses a task, instead of never answering', async () => {
  const values = Array.from({ length: 120 }, (_, t) => 100 + Math.sin(t));
  const thread = openTaskThread(planBacktest(values, { folds: 2, epochs: 1 }));
  await thread.end();
  for (let attempt = 0; attempt < 2; attempt++)
    await expect(thread.run(0)).rejects.toThrow('ended before its task did');
}, 20_000);
