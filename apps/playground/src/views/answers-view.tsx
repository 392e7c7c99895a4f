import { useMemo } from 'preact/hooks';
import type { Model } from '../state/model';
import { choice } from '../state/session';
import { freshLines, isTask } from '../texts/tasks';
import { words } from '../words';
import { useAnswer } from './use-answer';

/** Number of problems. */
const COUNT = 40;

/** The share of unseen problems of a toy task that a model answers correctly. */
export function AnswersView({ model }: { model: Model }) {
  const text = words.value;
  const { text: name } = choice.value;
  const lines = useMemo(() => (isTask(name) ? freshLines(name, COUNT) : []), [name]);
  const { answer } = useAnswer(model, 'answers', { lines });
  if (!answer) return <p class="hint">{text.loading}</p>;
  return (
    <div>
      <p>
        <strong data-fact="right">{text.answersRight(answer.right, answer.of)}</strong>{' '}
        <meter
          min={0}
          max={answer.of}
          value={answer.right}
          aria-label={text.answersRight(answer.right, answer.of)}
        />
      </p>
      <table class="answers">
        <thead>
          <tr>
            <th scope="col">{text.problem}</th>
            <th scope="col">{text.answer}</th>
            <th scope="col">{text.wrote}</th>
          </tr>
        </thead>
        <tbody>
          {answer.wrote.map(([line, wrote]) => {
            const [problem, right] = line.split('=') as [string, string];
            const isRight = wrote === right;
            return (
              <tr key={line}>
                <td>
                  <code>{problem}</code>
                </td>
                <td>
                  <code>{right}</code>
                </td>
                <td class={isRight ? 'right' : 'wrong'}>
                  <code>{wrote.replaceAll('\n', '↵')}</code>{' '}
                  <span aria-hidden="true">{isRight ? '✓' : '✗'}</span>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="hint">{text.answersHint}</p>
    </div>
  );
}
