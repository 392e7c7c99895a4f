import type { FunctionComponent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { CellName } from '../choice';
import { VIEWS, type ViewName } from '../state/address';
import { lookedText } from '../state/looked-text';
import type { Model } from '../state/model';
import { choice, models, setLooked, setView, state } from '../state/session';
import { isTask } from '../texts/tasks';
import { words } from '../words';
import { AnswersView } from './answers-view';
import { MemoryView } from './memory-view';
import { Field } from './parts';
import { ReachView } from './reach-view';
import { SurpriseView } from './surprise-view';
import { TakeView } from './take-view';
import { UnitsView } from './units-view';
import { WeightsView } from './weights-view';

interface ViewProps {
  readonly model: Model;
  /** 0 for the first model, 1 for the second. */
  readonly at: number;
  readonly cell: CellName;
}

const PANELS: Readonly<Partial<Record<ViewName, FunctionComponent<ViewProps>>>> = {
  answers: AnswersView,
  memory: MemoryView,
  surprise: SurpriseView,
  reach: ReachView,
  units: UnitsView,
  weights: WeightsView,
  take: TakeView,
};

/** Views that read a text. */
const READING: ReadonlySet<ViewName> = new Set(['memory', 'surprise', 'reach', 'units']);

/** The tabs below the curves. With two models, each view appears twice. */
export function Inspector() {
  const text = words.value;
  const tabs = useRef<HTMLDivElement>(null);
  const task = isTask(choice.value.text);
  const views: readonly ViewName[] = task ? ['answers', ...VIEWS] : VIEWS;
  const view = views.includes(state.value.view) ? state.value.view : views[0]!;
  const Panel = PANELS[view];
  const cells = [choice.value.cell, choice.value.beside as CellName];
  const move = (key: string) => {
    const place = views.indexOf(view);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: views.length - 1 }[key];
    if (next === undefined) return false;
    const chosen = views[(next + views.length) % views.length]!;
    setView(chosen);
    tabs.current?.querySelector<HTMLElement>(`#tab-${chosen}`)?.focus();
    return true;
  };
  return (
    <section class="card inspector">
      <div
        ref={tabs}
        role="tablist"
        aria-label={text.viewList}
        class="tabs"
        onKeyDown={(event) => move(event.key) && event.preventDefault()}
      >
        {views.map((name) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === view}
            aria-controls="panel"
            tabIndex={name === view ? 0 : -1}
            onClick={() => setView(name)}
          >
            {text.views[name]}
          </button>
        ))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${view}`} class="panel">
        {READING.has(view) && <LookedText />}
        {view === 'prices' && <LazyPrices />}
        <div class="columns">
          {Panel &&
            models.value.map((model, at) => (
              <div key={at}>
                {models.value.length > 1 && <h3 class={`series-${at}`}>{text.cells[cells[at]!]}</h3>}
                <Panel model={model} at={at} cell={cells[at]!} />
              </div>
            ))}
        </div>
      </div>
    </section>
  );
}

/** The view of prices, which is loaded when it is first opened. */
function LazyPrices() {
  const [View, setView] = useState<FunctionComponent | undefined>(undefined);
  useEffect(() => {
    void import('./prices-view').then(({ PricesView }) => setView(() => PricesView));
  }, []);
  return View ? <View /> : <p class="hint">{words.value.loading}</p>;
}

function LookedText() {
  const text = words.value;
  return (
    <Field label={text.lookedText} hint={`${text.lookedHint} ${text.unknownLeft}`}>
      {({ id, describedBy }) => (
        <input
          id={id}
          type="text"
          maxLength={400}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={describedBy}
          value={state.value.looked}
          placeholder={lookedText.value.slice(0, 80)}
          onInput={(event) => setLooked(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}
