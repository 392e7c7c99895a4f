import { useMemo } from 'preact/hooks';
import { colourAt, inkOn } from '../pictures/colours';
import { visible } from '../pictures/heat-map';
import { inShort } from '../pictures/line-chart';
import type { Picture, Shape } from '../pictures/picture';
import { lookedText } from '../state/looked-text';
import type { Model } from '../state/model';
import { palette } from '../theme';
import { words } from '../words';
import { SvgButton } from './parts';
import { useAnswer } from './use-answer';

/** Number of bits from which a character has the strongest colour. */
const MOST_BITS = 6;

/** A text in which the colour of each character shows its surprisal. */
export function SurpriseView({ model }: { model: Model }) {
  const text = words.value;
  const { answer } = useAnswer(model, 'trace', { text: lookedText.value });
  const colours = palette.value;
  const picture = useMemo(
    () =>
      answer &&
      textPicture(
        answer.symbols,
        [...answer.trace.surprise].map((bits) => bits / MOST_BITS),
        colours,
      ),
    [answer, colours],
  );
  if (!answer || !picture) return <p class="hint">{text.loading}</p>;
  const { symbols, trace } = answer;
  const known = [...trace.surprise].filter((bits) => Number.isFinite(bits));
  const mean = known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
  return (
    <div>
      <p>
        <strong>{text.surpriseMean(mean.toFixed(2))}</strong>
      </p>
      <p class="coloured">
        {symbols.map((symbol, at) => {
          const bits = trace.surprise[at]!;
          const isKnown = Number.isFinite(bits);
          const background = isKnown ? colourAt(colours.sequential, bits / MOST_BITS) : undefined;
          const percent = `${inShort(100 * 2 ** -bits)} %`;
          return (
            <span
              key={at}
              style={background && { background, color: inkOn(background) }}
              title={isKnown ? text.surpriseOf(visible(symbol), bits.toFixed(2), percent) : undefined}
            >
              {symbol === '\n' ? '↵\n' : symbol}
            </span>
          );
        })}
      </p>
      <p class="hint">{text.surpriseHint}</p>
      <SvgButton picture={picture} label={text.views.surprise} file="surprise" />
    </div>
  );
}

/** A text as rows of coloured cells. */
export function textPicture(
  symbols: readonly string[],
  shares: readonly number[],
  {
    sequential,
    background,
    ink,
  }: { readonly sequential: readonly string[]; readonly background: string; readonly ink: string },
): Picture {
  const [columns, width, height] = [60, 13, 22];
  const shapes = symbols.flatMap((symbol, at): Shape[] => {
    const [x, y] = [8 + (at % columns) * width, 8 + Math.floor(at / columns) * height];
    const fill = Number.isNaN(shares[at]) ? background : colourAt(sequential, shares[at]!);
    const colour = Number.isNaN(shares[at]) ? ink : inkOn(fill);
    return [
      { kind: 'rect', x, y, width, height: height - 3, fill },
      {
        kind: 'text',
        x: x + width / 2,
        y: y + height / 2 - 1,
        text: visible(symbol),
        fill: colour,
        size: 14,
        align: 'middle',
        isMono: true,
      },
    ];
  });
  return {
    width: 16 + Math.min(columns, symbols.length) * width,
    height: 16 + Math.ceil(symbols.length / columns) * height,
    background,
    shapes,
  };
}
