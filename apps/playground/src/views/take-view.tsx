import { useState } from 'preact/hooks';
import type { CellName } from '../choice';
import { programOf } from '../program';
import type { Model } from '../state/model';
import { choice, text as learned, opened, writeAddress } from '../state/session';
import { ownText, SHORT } from '../texts/texts';
import { words } from '../words';
import { saveFile } from './save-file';

/** Exports: the address, a program, a checkpoint, ONNX, losses. */
export function TakeView({ model, cell }: { model: Model; cell: CellName }) {
  const text = words.value;
  const [note, setNote] = useState<{ readonly said: string; readonly content?: string } | undefined>(
    undefined,
  );
  const copy = async (content: string) => {
    try {
      await navigator.clipboard.writeText(content);
      setNote({ said: text.copied });
    } catch {
      setNote({ said: text.notCopied, content });
    }
  };
  const save = async (name: string, type: string, content: () => Promise<Uint8Array | string> | string) => {
    try {
      saveFile(name, type, await content());
      setNote(undefined);
    } catch (error) {
      setNote({ said: `${text.failed}: ${(error as Error).message}` });
    }
  };
  const program = () => {
    const given = learned.value ?? '';
    const isOwn = choice.value.text === 'own' && given.length < SHORT;
    const { value: begun } = model.begun;
    return programOf({
      choice: { ...choice.value, cell },
      text: isOwn ? ownText(given) : given,
      symbols: begun?.symbols.length ?? 0,
      steps: Math.max(1, model.step.value),
      opened: opened.value && { name: opened.value.name, continues: begun?.continues ?? false },
    });
  };
  const items = [
    { label: text.address, hint: text.addressHint, act: () => copy(writeAddress()) },
    { label: text.program, hint: text.programHint, act: () => copy(program()) },
    {
      label: text.learned,
      hint: text.learnedHint,
      act: () => save('text.txt', 'text/plain', () => model.ask('text', {})),
    },
    {
      label: text.checkpoint,
      hint: text.checkpointHint,
      act: () => save('last.safetensors', 'application/octet-stream', () => model.ask('checkpoint', {})),
    },
    {
      label: text.onnx,
      hint: text.onnxHint,
      act: () => save(`${cell}.onnx`, 'application/octet-stream', () => model.ask('onnx', {})),
    },
    {
      label: text.csv,
      hint: text.csvHint,
      act: () => save('losses.csv', 'text/csv', () => model.losses.csv()),
    },
  ];
  return (
    <div>
      <p class="hint">{text.takeHint}</p>
      <ul class="take">
        {items.map(({ label, hint, act }) => (
          <li key={label}>
            <button type="button" onClick={() => void act()}>
              {label}
            </button>
            <span class="hint">{hint}</span>
          </li>
        ))}
      </ul>
      <div role="status">
        {note && <p>{note.said}</p>}
        {note?.content && <textarea readOnly rows={10} value={note.content} aria-label={text.notCopied} />}
      </div>
    </div>
  );
}
