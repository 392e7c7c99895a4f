/** A file that was chosen or dropped: a checkpoint begins a run, prices are forecast, a text is learned. */
import { textIn } from '../texts/text-in';
import { words } from '../words';
import { isOfPrices, openPrices } from './prices';
import { choice, choose, chooseText, open, problem } from './session';

/** Larger ones do not belong on a page: the largest checkpoint has 25 MB. */
const MOST_MEGABYTES = 64;
/** Of a text: a page trains for hours on one of them. */
const MOST_TEXT = 16;

/** A safetensors file starts with the length of its header, 8 bytes, and the header's `{`. */
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
  // A folder can be dropped as well, and a file can be gone since it was chosen.
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

/** Takes files that are dropped anywhere on the page. */
export function takeDrops(): void {
  addEventListener('dragover', (event) => event.preventDefault());
  addEventListener('drop', (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void openFile(file);
  });
}
