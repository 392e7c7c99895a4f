/** Opens a selected or dropped file: a checkpoint starts a run, prices are forecast, a text is learned. */
import { textIn } from '../texts/text-in';
import { words } from '../words';
import { isOfPrices, openPrices } from './prices';
import { choice, choose, chooseText, open, problem } from './session';

/** Maximum size of a file. The largest checkpoint has 25 MB. */
const MOST_MEGABYTES = 64;
/** Maximum size of a text, on which a page trains for hours. */
const MOST_TEXT = 16;

/** A safetensors file starts with the length of its header (8 bytes) and `{`. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0;
}

export async function openFile(file: File): Promise<void> {
  problem.value = undefined;
  if (isOfPrices(file)) {
    await openPrices(file);
    return;
  }
  if (file.size > MOST_MEGABYTES * 2 ** 20) {
    problem.value = words.value.tooLarge(MOST_MEGABYTES);
    return;
  }
  // A user can also drop a folder, and a file may have been deleted since it was selected.
  const bytes = await file.arrayBuffer().then(
    (buffer) => new Uint8Array(buffer),
    () => undefined,
  );
  if (!bytes) {
    problem.value = words.value.unreadable(file.name);
    return;
  }
  if (isSafetensors(bytes)) {
    open(file.name, bytes);
    return;
  }
  if (bytes.length > MOST_TEXT * 2 ** 20) {
    problem.value = words.value.tooLarge(MOST_TEXT);
    return;
  }
  const own = textIn(bytes);
  if (own === undefined) {
    problem.value = words.value.noText(file.name);
    return;
  }
  if (choice.value.text !== 'own') chooseText('own');
  choose({ own });
}

/** Accepts files that are dropped anywhere on the page. */
export function takeDrops(): void {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void openFile(file);
  });
}
