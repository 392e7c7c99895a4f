import { useEffect, useState } from 'preact/hooks';
import { LANGUAGES, THEMES } from './state/address';
import { choice, models, problem, setLanguage, setTheme, state } from './state/session';
import { Controls } from './views/controls';
import { Inspector } from './views/inspector';
import { LossView } from './views/loss-view';
import { RunBar } from './views/run-bar';
import { SamplesView } from './views/samples-view';
import { language, words } from './words';

export function App() {
  const text = words.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('network')?.focus()}>
        {text.skip}
      </button>
      <Header />
      <div class="page">
        <aside aria-label={text.setUp}>
          <SetUp />
        </aside>
        <main id="network" tabIndex={-1}>
          <Problems />
          <RunBar />
          <div class="learning">
            <LossView />
            <SamplesView />
          </div>
          <Inspector />
          <footer>
            <p class="hint">
              {text.hidden} {text.takeHint}
            </p>
          </footer>
        </main>
      </div>
    </>
  );
}

const wide = matchMedia('(min-width: 821px)');

/** The controls. On a narrow screen they are collapsed above the network. */
function SetUp() {
  const text = words.value;
  const { text: name, cell } = choice.value;
  const [isOpen, setOpen] = useState(wide.matches);
  useEffect(() => {
    const follow = () => setOpen(wide.matches);
    wide.addEventListener('change', follow);
    return () => wide.removeEventListener('change', follow);
  }, []);
  return (
    <details class="set-up" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {text.setUp}: {text.texts[name]}, {text.cells[cell]}
      </summary>
      <Controls />
    </details>
  );
}

function Header() {
  const text = words.value;
  const names = { en: 'English', ko: '한국어' } as const;
  return (
    <header class="top">
      <h1>
        <img src="./icon.svg" alt="" width="28" height="28" /> {text.title}
      </h1>
      <p>{text.lead}</p>
      <MachineChip />
      <label>
        <span class="hidden">{text.language}</span>
        <select value={language.value} onChange={(event) => setLanguage(event.currentTarget.value as 'en')}>
          {LANGUAGES.map((value) => (
            <option key={value} value={value} lang={value}>
              {names[value]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="hidden">{text.theme}</span>
        <select
          value={state.value.theme}
          onChange={(event) => setTheme(event.currentTarget.value as 'light')}
        >
          {THEMES.map((value) => (
            <option key={value} value={value}>
              {text.theme}: {text.themes[value]}
            </option>
          ))}
        </select>
      </label>
    </header>
  );
}

/** The engine in use. If it has one thread, also the reason, and how to enable more. */
function MachineChip() {
  const text = words.value;
  const machine = models.value[0]!.machine.value;
  if (!machine) return null;
  const { threads, binary } = machine;
  const chip = `${threads > 1 ? text.threads(threads) : text.oneThread} · ${text.simd[binary]}`;
  if (crossOriginIsolated) return <span class="chip">{chip}</span>;
  return (
    <details class="chip">
      <summary>{chip}</summary>
      <p>{text.threadsOff}</p>
    </details>
  );
}

/** The error message. */
function Problems() {
  const text = words.value;
  const failures = models.value.flatMap(({ failure }) => (failure.value ? [failure.value] : []));
  const inWords = failures.map(({ code, message }) => {
    if (code === 'no-simd') return text.noSimd;
    if (code === 'not-finite') return text.notFinite;
    return `${text.failed}: ${message}`;
  });
  const all = [...new Set([...(problem.value ? [`${text.failed}: ${problem.value}`] : []), ...inWords])];
  const isOver = models.value.some(({ hasEnded }) => hasEnded.value);
  return (
    <div role="alert" class="problems">
      {all.map((line) => (
        <p key={line}>{line}</p>
      ))}
      {isOver && <p>{text.ended}</p>}
    </div>
  );
}
