import { useRef, useState } from 'preact/hooks';
import { CELLS, OPTIMIZERS, TEXTS } from '../choice';
import { visible } from '../pictures/heat-map';
import { MOST_OWN } from '../state/address';
import { openFile } from '../state/open-file';
import { begin, choice, choose, chooseText, models, opened } from '../state/session';
import { words } from '../words';
import { NumberField, Select } from './parts';

/** Controls for the task, the network and the training. */
export function Controls() {
  const text = words.value;
  const chosen = choice.value;
  const number = (
    name: 'layers' | 'units' | 'unroll' | 'batch' | 'rate' | 'clip' | 'seed',
    hint?: string,
  ) => (
    <NumberField
      name={name}
      label={text[name]}
      hint={hint}
      value={chosen[name]}
      onChange={(value) => choose({ [name]: value })}
    />
  );
  return (
    <form class="controls card" aria-label={text.setUp} onSubmit={(event) => event.preventDefault()}>
      <Select
        label={text.text}
        hint={text.about[chosen.text]}
        value={chosen.text}
        options={TEXTS.map((value) => ({ value, label: text.texts[value] }))}
        onChange={chooseText}
      />
      {chosen.text === 'own' && <OwnText />}
      <FileButton />
      <fieldset class="cells">
        <legend>{text.cell}</legend>
        {CELLS.map((cell) => (
          <label key={cell} class="choice">
            <input
              type="radio"
              name="cell"
              value={cell}
              checked={chosen.cell === cell}
              onChange={() => choose({ cell })}
            />
            {text.cells[cell]}
          </label>
        ))}
      </fieldset>
      <Select
        label={text.beside}
        value={chosen.beside}
        options={[
          { value: 'none' as const, label: text.none },
          ...CELLS.map((value) => ({ value, label: text.cells[value] })),
        ]}
        onChange={(beside) => choose({ beside })}
      />
      <div class="pair">
        {number('layers')}
        {number('units')}
      </div>
      <div class="pair">
        {number('unroll', text.unrollHint)}
        {number('batch', text.batchHint)}
      </div>
      <div class="pair">
        <Select
          label={text.optimizer}
          value={chosen.optimizer}
          options={OPTIMIZERS.map((value) => ({ value, label: value }))}
          onChange={(optimizer) => choose({ optimizer })}
        />
        {number('rate')}
      </div>
      <div class="pair">
        {number('clip', text.clipHint)}
        {number('seed')}
      </div>
    </form>
  );
}

/** Maximum length of the text in a text area; a longer one takes seconds. */
const MOST_SHOWN = 200_000;

/**
 * A text area whose text is learned shortly after the last key press. It shows only the beginning of a very
 * long text.
 */
function OwnText() {
  const text = words.value;
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const { own } = choice.value;
  const isPart = typed === undefined && own.length > MOST_SHOWN;
  return (
    <div class="field">
      <label for="own">{text.ownText}</label>
      <textarea
        id="own"
        rows={6}
        value={isPart ? own.slice(0, MOST_SHOWN) : (typed ?? own)}
        readOnly={isPart}
        placeholder={text.ownHint}
        spellcheck={false}
        onInput={(event) => {
          const { value } = event.currentTarget;
          setTyped(value);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => {
            setTyped(undefined);
            choose({ own: value });
          }, 600);
        }}
      />
      <small class="hint">
        {own.trim() === '' ? text.ownEmpty : own.length > MOST_OWN ? text.ownLong(MOST_OWN) : ''}
        {isPart && ` ${text.ownBeginning(MOST_SHOWN)}`}
      </small>
      {isPart && (
        <button type="button" onClick={() => choose({ own: '' })}>
          {text.forget}
        </button>
      )}
    </div>
  );
}

function FileButton() {
  const text = words.value;
  const input = useRef<HTMLInputElement>(null);
  return (
    <div class="field">
      <button type="button" onClick={() => input.current?.click()} title={text.openHint}>
        {text.openFile}
      </button>
      <input
        ref={input}
        type="file"
        class="hidden"
        tabIndex={-1}
        aria-label={text.openHint}
        accept=".txt,.md,.csv,.safetensors,text/plain"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          if (file) void openFile(file);
          event.currentTarget.value = '';
        }}
      />
      {opened.value ? (
        <small class="hint">
          {text.opened(opened.value.name)} <Beginning />{' '}
          <button
            type="button"
            class="link"
            onClick={() => {
              opened.value = undefined;
              void begin();
            }}
          >
            {text.forget}
          </button>
        </small>
      ) : (
        <small class="hint">{text.openHint}</small>
      )}
    </div>
  );
}

/** Describes how a checkpoint's model starts on the selected text. */
function Beginning() {
  const text = words.value;
  const begun = models.value[0]!.begun.value;
  if (!begun) return null;
  if (begun.isWritten) return <>{text.isWritten}</>;
  const shown = begun.unknown.slice(0, 20).map(visible).join(' ');
  return (
    <>
      {begun.continues ? text.goesOn : text.startsAnew}
      {shown && ` ${text.unknownIn(shown)}`}
    </>
  );
}
