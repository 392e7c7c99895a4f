import { csvCell, type Reporter } from '@unrolled/app-shared';
import type { GradientProfile } from '@unrolled/language-model';
import { openRunDirectory, type RunDirectory, writePlot } from '@unrolled/runs/node';
import { refuse } from '../refuse';

/**
 * Writes profiles as a table, as JSON, and as a plot over a logarithmic axis.
 *
 * @returns the paths
 * @throws UnrolledError if the directory cannot be written, or there is nothing to plot
 */
export async function writeProfiles(
  reporter: Reporter,
  profiles: readonly GradientProfile[],
  { output, distance }: { readonly output: string; readonly distance: number },
): Promise<string[]> {
  if (!profiles.some(({ h }) => h.some((norm) => norm > 0))) {
    refuse('inspect gradients', { expected: 'a gradient above 0', got: 'none' });
  }
  const directory = await openRunDirectory(output);
  return writeIn(directory, reporter, profiles, distance).finally(directory.close);
}

async function writeIn(
  directory: RunDirectory,
  reporter: Reporter,
  profiles: readonly GradientProfile[],
  distance: number,
): Promise<string[]> {
  const csv = await directory.write('gradients.csv', csvOf(profiles, distance));
  const data = JSON.stringify({ distance, models: profiles }, null, 1);
  const json = await directory.write('gradients.json', `${data}\n`);
  const { files, advice } = await writePlot(directory.file('gradients'), {
    title: 'Gradient of a loss by the states before it',
    xLabel: 'distance d in time steps',
    yLabel: 'mean gradient norm of the state d steps before',
    yScale: 'log',
    series: profiles.flatMap(({ name, h, c }) => [
      { name: `${name}: h`, x: h.map((_, back) => back), values: [...h] },
      ...(c ? [{ name: `${name}: c`, x: c.map((_, back) => back + 1), values: [...c], dashed: true }] : []),
    ]),
  });
  if (advice) reporter.warn(advice);
  return [...files, csv, json];
}

function csvOf(profiles: readonly GradientProfile[], distance: number): string {
  const columns = profiles.flatMap(({ name, h, c }) => [
    { name: `${name}: h`, at: (back: number) => h[back] },
    ...(c ? [{ name: `${name}: c`, at: (back: number) => c[back - 1] }] : []),
  ]);
  const head = ['distance', ...columns.map(({ name }) => csvCell(name))].join(',');
  const rows = Array.from({ length: distance + 1 }, (_, back) =>
    [back, ...columns.map(({ at }) => at(back) ?? '')].join(','),
  );
  return `${[head, ...rows].join('\n')}\n`;
}
