import type { Model } from '../state/model';
import { choice, models } from '../state/session';
import { words } from '../words';
import { Temperature } from './run-bar';

/** The samples of each model, newest first. */
export function SamplesView() {
  const text = words.value;
  const cells = [choice.value.cell, choice.value.beside] as const;
  return (
    <section class="card samples" aria-labelledby="samples-title">
      <header>
        <h2 id="samples-title">{text.samples}</h2>
        <Temperature />
      </header>
      <div class="columns">
        {models.value.map((model, at) => (
          <SamplesOf
            key={at}
            model={model}
            name={models.value.length > 1 ? text.cells[cells[at] as 'lstm'] : undefined}
            at={at}
          />
        ))}
      </div>
    </section>
  );
}

function SamplesOf({ model, name, at }: { model: Model; name: string | undefined; at: number }) {
  const text = words.value;
  return (
    <div>
      {name && <h3 class={`series-${at}`}>{name}</h3>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <ol class="sample-list" tabIndex={0} aria-label={`${text.samples} ${name ?? ''}`}>
        {model.samples.value.map(({ step, text: written }, n) => (
          <li key={model.samples.value.length - n}>
            <span class="when">{text.sampleAt(step)}</span>
            <span class="written">{written}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
