import {
  details,
  escapeMarkup,
  formatLoss,
  htmlFigure,
  htmlPage,
  htmlTable,
  paragraphs,
  section,
} from '@unrolled/app-shared';
import { linePlot } from '@unrolled/runs/plots';
import type { Direction, StudyEvent, TrialRecord } from '@unrolled/sweeps';
import { importanceOf } from './importance';
import { parallelCoordinates } from './parallel-coordinates';
import { commandOf, type Program, programOf } from './programs';
import { wordOf } from './ranges';
import { type Plan, trialsIn } from './study-files';
import { optionsInWords, rankedTrials } from './table';

/**
 * The study as one self-contained page: history, importance of options, curves, the best trials and their
 * command lines.
 */
export function reportHtml(plan: Plan, events: readonly StudyEvent[]): string {
  const trials = trialsIn(events, plan);
  const { direction } = plan;
  const ranked = rankedTrials(trials, direction);
  const complete = trials.filter(({ state }) => state === 'complete');
  const program = programOf(plan);
  const { title, measure, unit } = program;
  const label = unit ? `${measure}, ${unit}` : measure;
  const count = (state: string) => trials.filter((trial) => trial.state === state).length;
  const names = Object.keys(plan.space);
  const best = ranked[0];
  return htmlPage({
    title: `A sweep of ${title}`,
    lead:
      best?.state === 'complete'
        ? `The best of ${ranked.length} trials has a ${measure} of ${[formatLoss(best.value!), unit].filter(Boolean).join(' ')}: ${optionsInWords(best)}.`
        : 'No trial is complete.',
    sections: [
      section(
        'Trials',
        paragraphs([
          `${title}: of ${plan.trials} trials ${count('complete')} are complete, ${count('pruned')} were pruned, ` +
            `and ${count('failed')} failed. Sampler ${plan.sampler}, pruner ${plan.pruner}.`,
        ]),
      ),
      best ? section('The best trials', bestTable(plan, program, ranked, events, names)) : '',
      complete.length > 3 ? section('History', history(complete, label, direction)) : '',
      complete.length > 2
        ? section(
            'Importance of the options',
            htmlTable([
              ['option', 'share of the ranks'],
              ...importanceOf(plan.space, complete, direction).map(([name, share]) => [
                name,
                `${Math.round(100 * share)} %`,
              ]),
            ]),
            paragraphs([
              'The share of the differences in rank that each option explains by itself, beyond chance, with its values in up to four groups (ε²). Options that matter only in combination have too low a share.',
            ]),
            htmlFigure(
              parallelCoordinates(plan.space, complete, direction),
              'Each line is a trial. It connects the values of its options and ends at its rank. The five best are highlighted.',
            ),
          )
        : '',
      curves(ranked, label, program.reports),
      failures(trials),
      section(
        'Settings',
        details('All settings', `<pre>${escapeMarkup(JSON.stringify(plan, null, 2))}</pre>`),
      ),
    ],
  });
}

function bestTable(
  plan: Plan,
  { reports }: Program,
  ranked: readonly TrialRecord[],
  events: readonly StudyEvent[],
  names: readonly string[],
) {
  const rows = ranked
    .slice(0, 10)
    .map((trial) => [
      String(trial.number),
      trial.value === undefined ? '–' : formatLoss(trial.value),
      trial.state === 'pruned' ? `pruned at ${reports} ${trial.reports.length}` : 'complete',
      ...names.map((name) => (name in trial.parameters ? wordOf(trial.parameters[name]!) : '–')),
    ]);
  const commands = ranked
    .slice(0, 10)
    .map((trial) => `trial ${trial.number}: ${commandOf(plan, trial, events)}`);
  const pre = `<pre>${escapeMarkup(commands.join('\n'))}</pre>`;
  return `${htmlTable([['trial', 'value', 'state', ...names], ...rows], { strong: (row) => row === 0 })}\n${details('Command lines', pre)}`;
}

function history(complete: readonly TrialRecord[], label: string, direction?: Direction): string {
  const better = direction === 'maximize' ? Math.max : Math.min;
  let bestSoFar = complete[0]!.value!;
  const best = complete.map(({ value }) => {
    bestSoFar = better(bestSoFar, value!);
    return bestSoFar;
  });
  const x = complete.map(({ number }) => number);
  const plot = linePlot(
    {
      title: 'Value of each trial',
      xLabel: 'trial',
      yLabel: label,
      series: [
        { name: 'trial', x, values: complete.map(({ value }) => value!) },
        { name: 'best so far', x, values: best },
      ],
    },
    { theme: 'page' },
  );
  return htmlFigure(plot, 'Complete trials in the order of their numbers.');
}

function curves(ranked: readonly TrialRecord[], label: string, reports: string): string {
  const shown = ranked.filter((trial) => trial.reports.length > 1).slice(0, 6);
  if (shown.length === 0) return '';
  const plot = linePlot(
    {
      title: `${reports[0]!.toUpperCase()}${reports.slice(1)}s of the best trials`,
      xLabel: reports === 'report' ? 'step' : reports,
      yLabel: label.replace('best ', ''),
      series: shown.map((trial) => ({
        name: `trial ${trial.number}`,
        x: trial.reports.map(({ step }) => step),
        values: trial.reports.map(({ value }) => value),
      })),
    },
    { theme: 'page' },
  );
  return section(
    'Learning curves',
    htmlFigure(plot, 'The best trials. A line that ends early belongs to a pruned trial.'),
  );
}

function failures(trials: readonly TrialRecord[]): string {
  const failed = trials.filter(({ state }) => state === 'failed');
  if (failed.length === 0) return '';
  const numbers = new Map<string, number[]>();
  for (const { number, reason = '' } of failed) numbers.set(reason, [...(numbers.get(reason) ?? []), number]);
  const lines = [...numbers].map(
    ([reason, of]) => `Trial${of.length > 1 ? 's' : ''} ${of.join(', ')}: ${reason}`,
  );
  return section('Failures', paragraphs(lines));
}
