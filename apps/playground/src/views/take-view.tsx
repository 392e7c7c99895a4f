import { useState } from 'preact/hooks';
import type { CellName } from '../choice';
import { programOf } from '../program';
import type { Model } from '../state/model';
import { choice, text as learned } from '../state/session';
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
  const save = async (name: string, type: string, content: () => Promise<Uint8Array> | string) => {
    try {
      saveFile(name, type, await content());
      setNote(undefined);
    } catch (error) {
      setNote({ said: `${text.failed}: ${(error as Error).message}` });
    }
  };
  const program = () =>
    programOf({ ...choice.value, cell }, learned.value ?? '', Math.max(1, model.step.value));
  const items = [
    { label: text.address, hint: text.addressHint, act: () => copy(location.href) },
    { label: text.program, hint: text.programHint, act: () => copy(program()) },
    {
      label: text.checkpoint,
      hint: text.checkpointHint,
      act: () => save(`${cell}.safetensors`, 'application/octet-stream', () => model.ask('checkpoint', {})),
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
