import type { OptionKinds } from '@unrolled/errors';
import type { LinePlot } from '../plots/line-plot';
import { checkKind, checkOptions } from '../refuse';
import { atomicWriteFile } from './files';
import { type PngOptions, svgToPng } from './png';

/** The result of writing a plot. */
export interface WrittenPlot {
  /** The paths of the files, SVG first. */
  files: string[];
  /** One line to print if no PNG could be written. */
  advice: string | undefined;
}

const KINDS: OptionKinds<PngOptions> = {
  load: 'function?',
  systemFonts: 'boolean?',
};

/**
 * Writes a plot as `<base>.svg` and `<base>.png`, each atomically. If the native add-on is missing, only the
 * SVG is written, with a line of advice; this is not an error.
 *
 * @throws UnrolledError as `linePlot`, and if a path cannot be written
 */
export async function writePlot(
  base: string,
  spec: LinePlot,
  options: PngOptions = {},
): Promise<WrittenPlot> {
  checkKind('writePlot', 'base', base, 'string');
  checkKind('writePlot', 'spec', spec, 'object');
  checkOptions('writePlot', options, KINDS);
  // Imported on demand, because the drawing libraries are large and few runs need them at the start.
  const { linePlot } = await import('../plots/line-plot');
  return writeSvg(base, linePlot(spec), options);
}

/** Writes an SVG document that is already drawn. */
export async function writeSvg(base: string, svg: string, options: PngOptions = {}): Promise<WrittenPlot> {
  checkKind('writeSvg', 'base', base, 'string');
  checkKind('writeSvg', 'svg', svg, 'string');
  checkOptions('writeSvg', options, KINDS);
  await atomicWriteFile(`${base}.svg`, svg);
  const png = await svgToPng(svg, options);
  if (!png) {
    return {
      files: [`${base}.svg`],
      advice:
        'only the SVG was written: @resvg/resvg-js could not be loaded. Install it again to write the PNG',
    };
  }
  await atomicWriteFile(`${base}.png`, png);
  return { files: [`${base}.svg`, `${base}.png`], advice: undefined };
}
