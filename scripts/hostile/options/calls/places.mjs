// A folder for the files of the calls, removed at the end.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const place = mkdtempSync(path.join(os.tmpdir(), 'unrolled-options-'));
/** Removes the folder. Tests call it, because their process ends without an `exit` event. */
export const removePlace = () => rmSync(place, { recursive: true, force: true });
process.on('exit', removePlace);

/** A path in the folder. */
export const fileOf = (name) => path.join(place, name);

/** Creates a value once and then reuses it. For plain data that takes long to create. */
export const once = (make) => {
  let made;
  return () => (made ??= make());
};
