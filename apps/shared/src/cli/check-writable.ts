import { randomUUID } from 'node:crypto';
import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Refuse } from '@unrolled/errors';
import { writingProblem } from '@unrolled/errors/node';

/**
 * Checks before the work that a file can be written after it: its directory exists and is writable, and no
 * directory has its name. The file itself is not changed.
 *
 * @param option the option that names the file, such as `--picture`
 * @throws UnrolledError by `refuse`, naming that option
 */
export async function checkWritable(refuse: Refuse, option: string, file: string): Promise<void> {
  const expected = `a file that can be written at ${file}`;
  const remedy = 'choose another path, or make its directory writable';
  const probe = path.join(path.dirname(file), `.${randomUUID()}.tmp`);
  try {
    const present = await stat(file).catch(() => undefined);
    if (present?.isDirectory()) refuse(option, { expected, got: 'a directory', remedy, code: 'file' });
    await (await open(probe, 'wx')).close();
  } catch (error) {
    const got = writingProblem(error);
    if (got === undefined) throw error;
    refuse(option, { expected, got, remedy, code: 'file' }, error);
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}
