import type { OptionKinds } from '@unrolled/errors';
import type { LinePlot } from '../plots/line-plot';
import { checkKind, checkOptions } from '../refuse';
import { atomicWriteFile } from './files';
import { type PngOptions, svgToPng } from './png';

/** The files that were written. */
export interface WrittenPlot {
  /** The paths, SVG first. */
  files: string[];
  /** One line to pass on when no PNG could be made. */
  advice: string | undefined;
}

const KINDS: OptionKinds<PngOptions> = {
  load: 'function?',
  systemFonts: 'boolean?',
};

/**
 * Writes a plot as `<base>.svg` and `<base>.png`, each whole or not at all. A missing native add-on leaves
 * the SVG alone and a line of advice; it is never an error.
 *
 * @throws UnrolledError as `linePlot`, and when a path cannot be written
 */
export async function writePlot(
  base: string,
  spec: LinePlot,
  options: PngOptions = {},
): Promise<WrittenPlot> {
  checkKind('writePlot', 'base', base, 'string');
  checkKind('writePlot', 'spec', spec, 'object');
  checkOptions('writePlot', options, KINDS);
  // The libraries that draw are large, and few runs need them at their start.
  const { linePlot } = await import('../plots/line-plot');
  return writeSvg(base, linePlot(spec), options);
}

/** The same for an SVG document that is drawn already. */
export async function writeSvg(base: string, svg: string, options: PngOptions = {}): Promise<WrittenPlot> {
  checkKind('writeSvg', 'base', base, 'string');
  checkKind('writeSvg', 'svg', svg, 'string');
  checkOptions('writeSvg', options, KINDS);
  await atomicWriteFile(`${base}.svg`, svg);
  const png = await svgToPng(svg, options);
  if (!png) {
    return {
      files: [`${base}.svg`],
      advice: 'no PNG was written, only the SVG: @resvg/resvg-js could not be loaded, reinstall it',
    };
  }
  await atomicWriteFile(`${base}.png`, png);
  return { files: [`${base}.svg`, `${base}.png`], advice: undefined };
}
