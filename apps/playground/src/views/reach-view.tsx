import { useMemo } from 'preact/hooks';
import { colourAt, inkOn } from '../pictures/colours';
import { visible } from '../pictures/heat-map';
import { lineChart } from '../pictures/line-chart';
import { lookedText } from '../state/looked-text';
import type { Model } from '../state/model';
import { choice, setSeen, state } from '../state/session';
import { palette } from '../theme';
import { words } from '../words';
import { Drawing, SvgButton, useWidth } from './parts';
import { textPicture } from './surprise-view';
import { useAnswer } from './use-answer';

/** Number of time steps of the curve. */
const DISTANCE = 24;
/** A factor per step within this distance of 1 is called preserved. */
const KEPT = 0.01;

/** How far back the gradient reaches: as a curve, and for one character as the colour of earlier ones. */
export function ReachView({ model, at }: { model: Model; at: number }) {
  return (
    <div>
      <Curve model={model} at={at} />
      <Blame model={model} />
    </div>
  );
}

function Curve({ model, at }: { model: Model; at: number }) {
  const text = words.value;
  const distance = Math.max(DISTANCE, Math.min(60, choice.value.unroll));
  const { answer } = useAnswer(model, 'reach', { distance });
  const [ref, width] = useWidth<HTMLDivElement>();
  const colours = palette.value;
  const picture = useMemo(
    () =>
      answer &&
      lineChart(
        {
          ...{
            width: Math.max(240, width),
            height: 240,
            xLabel: text.reachAxis,
            yLabel: text.reachNorm,
            isLog: true,
          },
          series: [
            { name: '', colour: colours.series[at]!, points: answer.h.map((norm, back) => [back, norm]) },
          ],
        },
        colours,
      ),
    [answer, width, colours, text],
  );
  const factor = answer?.factor ?? Number.NaN;
  const verdict = Math.abs(factor - 1) < KEPT ? text.kept : factor < 1 ? text.vanishing : text.exploding;
  return (
    <div ref={ref}>
      <p>
        <strong>{Number.isFinite(factor) ? `${text.factor(factor.toFixed(3))}: ${verdict}` : '–'}</strong>
      </p>
      {picture && width > 0 && (
        <Drawing
          picture={picture}
          label={`${text.views.reach}: ${text.factor(factor.toFixed(3))}`}
          file="gradient"
        />
      )}
      <p class="hint">{text.reachHint}</p>
    </div>
  );
}

function Blame({ model }: { model: Model }) {
  const text = words.value;
  const looked = lookedText.value;
  const { answer: traced } = useAnswer(model, 'trace', { text: looked });
  const setChosen = (of: number) => setSeen({ of });
  const symbols = traced?.symbols ?? [];
  const at = Math.max(1, Math.min(symbols.length - 1, state.value.seen.of));
  const { answer, refusal } = useAnswer(
    model,
    'blame',
    symbols.length > 1 ? { text: looked, at } : undefined,
  );
  const colours = palette.value;
  if (symbols.length < 2) return null;
  const norms = answer?.norms ?? [];
  const most = Math.max(...norms, Number.MIN_VALUE);
  const share = (place: number) => (place < Math.min(at, norms.length) ? norms[place]! / most : Number.NaN);
  return (
    <section>
      <h3>{text.blame}</h3>
      <p class="hint">{text.blameHint}</p>
      {refusal ? (
        <p>{text.noBlame}</p>
      ) : (
        <>
          <p class="coloured choosable">
            {symbols.map((symbol, place) => {
              const background = place < at ? colourAt(colours.sequential, share(place)) : undefined;
              return (
                <button
                  key={place}
                  type="button"
                  disabled={place === 0}
                  tabIndex={place === at ? 0 : -1}
                  aria-pressed={place === at}
                  aria-label={text.blameOf(visible(symbol), place + 1)}
                  style={
                    background
                      ? { background, color: inkOn(background) }
                      : { background: 'transparent', color: 'inherit' }
                  }
                  onClick={() => setChosen(place)}
                  onKeyDown={(event) => {
                    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
                    if (!by) return;
                    event.preventDefault();
                    const next = Math.max(1, Math.min(symbols.length - 1, at + by));
                    setChosen(next);
                    (event.currentTarget.parentElement?.children[next] as HTMLElement | undefined)?.focus();
                  }}
                >
                  {visible(symbol)}
                </button>
              );
            })}
          </p>
          <p>{text.blameOf(visible(symbols[at]!), at + 1)}</p>
          <SvgButton
            picture={textPicture(
              symbols,
              symbols.map((_, place) => share(place)),
              colours,
            )}
            label={text.blame}
            file="gradient-of-one"
          />
        </>
      )}
    </section>
  );
}
