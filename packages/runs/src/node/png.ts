import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Found from the built entry, or from this file if it runs from its sources. */
const FONT_PLACES = ['../assets/inter-latin.ttf', '../../assets/inter-latin.ttf'];

/** The part of `@resvg/resvg-js` that is used here. */
interface Renderer {
  readonly Resvg: new (svg: string, options: object) => { render(): { asPng(): Uint8Array } };
}

/** The renderer and fonts of `svgToPng`; tests replace them. */
export interface PngOptions {
  load?: () => Promise<Renderer>;
  /** Whether to use fonts of the system for letters that the included font lacks. Default true. */
  systemFonts?: boolean;
}

/**
 * Renders an SVG at twice its size with resvg, a native add-on.
 *
 * Text uses an included Latin subset of Inter, so it needs no fonts of the system. Other scripts need one.
 *
 * @returns the PNG's bytes, or undefined if the add-on is not installed
 */
export async function svgToPng(svg: string, options: PngOptions = {}): Promise<Uint8Array | undefined> {
  const { load = () => import('@resvg/resvg-js'), systemFonts = true } = options;
  let renderer: Renderer;
  try {
    renderer = await load();
    if (typeof renderer?.Resvg !== 'function') return undefined;
  } catch {
    return undefined;
  }
  const font = FONT_PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((file) =>
    existsSync(file),
  );
  const resvg = new renderer.Resvg(svg, {
    fitTo: { mode: 'zoom', value: 2 },
    background: '#ffffff',
    font: {
      loadSystemFonts: systemFonts,
      ...(font && { fontFiles: [font], defaultFontFamily: 'Inter', sansSerifFamily: 'Inter' }),
    },
  });
  return resvg.render().asPng();
}
