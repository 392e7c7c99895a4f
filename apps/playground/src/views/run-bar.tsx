import { inShort } from '../pictures/line-chart';
import { choice, choose, go, isRunning, look, models, pause, reset, rewind } from '../state/session';
import { words } from '../words';

/** Start, pause, single steps, reset, and the slider of checkpoints. */
export function RunBar() {
  const text = words.value;
  const running = isRunning.value;
  const isReady = models.value.every(({ begun }) => begun.value);
  return (
    <section class="run-bar" aria-label={text.network}>
      <div class="buttons">
        <button type="button" class="primary" disabled={!isReady} onClick={() => (running ? pause() : go())}>
          <span aria-hidden="true">{running ? '❚❚' : '▶'}</span> {running ? text.pause : text.start}
        </button>
        <button type="button" disabled={!isReady || running} onClick={() => go(1)}>
          {text.stepOne}
        </button>
        <button type="button" disabled={!isReady || running} onClick={() => go(100)}>
          {text.stepHundred}
        </button>
        <button type="button" disabled={!isReady} onClick={() => void reset()}>
          {text.reset}
        </button>
      </div>
      <Facts />
      <Past />
    </section>
  );
}

function Facts() {
  const text = words.value;
  const [first, second] = models.value;
  const all = second ? [first!, second] : [first!];
  const each = (of: (model: (typeof all)[number]) => string) => all.map(of).join(' · ');
  return (
    <dl class="facts">
      <div>
        <dt>{text.step}</dt>
        <dd data-fact="step">{each((model) => model.step.value.toLocaleString())}</dd>
      </div>
      <div>
        <dt>{text.loss}</dt>
        <dd data-fact="loss">
          {each((model) =>
            model.version.value >= 0 && model.losses.last !== undefined ? inShort(model.losses.last) : '–',
          )}
        </dd>
      </div>
      <div>
        <dt>{text.speed}</dt>
        <dd>{each((model) => (model.speed.value > 0 ? text.perSecond(model.speed.value) : '–'))}</dd>
      </div>
      <div>
        <dt>{text.weights}</dt>
        <dd>{each((model) => model.begun.value?.weights.toLocaleString() ?? '–')}</dd>
      </div>
    </dl>
  );
}

/** A slider over the checkpoints of the run. The views show the model at the selected step. */
function Past() {
  const text = words.value;
  const first = models.value[0]!;
  const kept = first.checkpoints.value;
  const looked = first.looked.value;
  if (kept.length < 2) return null;
  const at =
    looked === undefined
      ? kept.length
      : Math.max(
          0,
          kept.findLastIndex((step) => step <= looked),
        );
  const name = looked === undefined ? text.present : text.pastAt(kept[at]!);
  return (
    <div class="past">
      <label for="past">{text.past}</label>
      <input
        id="past"
        type="range"
        min={0}
        max={kept.length}
        value={at}
        aria-valuetext={name}
        onInput={(event) => {
          const place = Number(event.currentTarget.value);
          if (isRunning.value) pause();
          look(place >= kept.length ? undefined : kept[place]);
        }}
      />
      <output for="past">{name}</output>
      {looked !== undefined && (
        <>
          <button type="button" class="small" onClick={() => rewind(kept[at]!)}>
            {text.goOnFromHere}
          </button>
          <button type="button" class="small" onClick={() => look(undefined)}>
            {text.backToPresent}
          </button>
        </>
      )}
    </div>
  );
}

/** The sampling temperature. It is next to the samples, because it affects nothing else. */
export function Temperature() {
  const text = words.value;
  const { temperature } = choice.value;
  return (
    <label class="temperature" title={text.temperatureHint}>
      {text.temperature}
      <input
        type="range"
        min={0}
        max={2}
        step={0.05}
        value={temperature}
        onInput={(event) => choose({ temperature: Number(event.currentTarget.value) })}
      />
      <output>{temperature}</output>
    </label>
  );
}
