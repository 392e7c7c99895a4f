import { expect, it } from 'vitest';
import { Notices } from '../src/database/notices';
import type { Sql } from '../src/database/sql';

it('a waiter is woken only by notices of its queue, including an earlier one', async () => {
  let tell: (queue: string | undefined) => void = () => {};
  let channels = 0;
  const sql = {
    listenTo(_: string, onNotice: typeof tell) {
      channels++;
      tell = onNotice;
    },
  } as unknown as Sql;
  const notices = new Notices(sql);
  const [one, other] = [notices.watch('one'), notices.watch('other')];
  expect(channels).toBe(1);
  let isOtherAwake = false;
  const waiting = other.wait(60).then(() => {
    isOtherAwake = true;
  });
  const own = one.wait(60);
  tell('one');
  await own;
  tell('one');
  await one.wait(60);
  expect(isOtherAwake).toBe(false);
  // Some may have been missed.
  tell(undefined);
  await waiting;
  await one.wait(60);
  const controller = new AbortController();
  const aborted = one.wait(60, controller.signal);
  controller.abort();
  await aborted;
  await one.wait(60, controller.signal);
  one.end();
  tell('one');
  await one.wait(0.01);
});
