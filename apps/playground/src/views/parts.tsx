/** Small components that the views share. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { type NumberName, RANGES } from '../choice';
import { type Picture, paint, toSvg } from '../pictures/picture';
import { numberWithin } from '../state/address';
import { words } from '../words';
import { saveFile } from './save-file';

/** A label above a control, with a hint that screen readers read with it. */
export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: string | undefined;
  children: (ids: { id: string; describedBy: string | undefined }) => ComponentChildren;
}) {
  const id = useId();
  const describedBy = hint ? `${id}-hint` : undefined;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, describedBy })}
      {hint && (
        <small id={describedBy} class="hint">
          {hint}
        </small>
      )}
    </div>
  );
}

export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
}

export function Select<T extends string>({
  label,
  hint,
  value,
  options,
  onChange,
}: {
  label: string;
  hint?: string;
  value: T;
  options: readonly Option<T>[];
  onChange(value: T): void;
}) {
  return (
    <Field label={label} hint={hint}>
      {({ id, describedBy }) => (
        <select
          id={id}
          aria-describedby={describedBy}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value as T)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/**
 * A number input. A value is used when it is complete and in range; until then the field shows the valid
 * range.
 */
export function NumberField({
  name,
  label,
  hint,
  value,
  onChange,
}: {
  name: NumberName;
  label: string;
  hint?: string;
  value: number;
  onChange(value: number): void;
}) {
  const [typed, setTyped] = useState<string | undefined>(undefined);
  const { least, most, whole } = RANGES[name];
  const isWrong = typed !== undefined && numberWithin(name, typed) === undefined;
  const range = whole ? words.value.wholeRange(least, most) : words.value.range(least, most);
  const take = () => {
    const next = typed === undefined ? undefined : numberWithin(name, typed);
    setTyped(undefined);
    if (next !== undefined && next !== value) onChange(next);
  };
  return (
    <Field label={label} hint={isWrong ? range : hint}>
      {({ id, describedBy }) => (
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autocomplete="off"
          value={typed ?? String(value)}
          aria-invalid={isWrong}
          aria-describedby={describedBy}
          onInput={(event) => setTyped(event.currentTarget.value)}
          onBlur={take}
          onKeyDown={(event) => {
            if (event.key === 'Enter') take();
            if (event.key === 'Escape') setTyped(undefined);
            const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
            if (!by || !whole) return;
            event.preventDefault();
            const next = numberWithin(name, String((numberWithin(name, typed ?? null) ?? value) + by));
            if (next !== undefined) setTyped(String(next));
          }}
        />
      )}
    </Field>
  );
}

/** The current width of an element in pixels. */
export function useWidth<E extends HTMLElement>(): readonly [{ readonly current: E | null }, number] {
  const ref = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** A picture on a canvas, with a button that saves it as SVG. */
export function Drawing({
  picture,
  label,
  file,
  onPlace,
}: {
  picture: Picture;
  label: string;
  file: string;
  onPlace?(x: number): void;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) paint(canvas.current, picture);
  }, [picture]);
  const place = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    onPlace?.(event.clientX - box.left);
  };
  return (
    <div class="drawing">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard has to reach it for that */}
      <figure class="scroll" tabIndex={0} aria-label={label}>
        <canvas
          ref={canvas}
          role="img"
          aria-label={label}
          onPointerDown={place}
          onPointerMove={(event) => event.buttons === 1 && place(event)}
        />
      </figure>
      <SvgButton picture={picture} label={label} file={file} />
    </div>
  );
}

export function SvgButton({ picture, label, file }: { picture: Picture; label: string; file: string }) {
  return (
    <button
      type="button"
      class="quiet small"
      title={words.value.svg}
      onClick={() => saveFile(`${file}.svg`, 'image/svg+xml', toSvg(picture, label))}
    >
      SVG
      <span class="hidden">
        {' '}
        · {words.value.download}: {label}
      </span>
    </button>
  );
}
