import { useEffect, useRef, useState } from 'preact/hooks';
import type { QuestionName, Questions } from '../messages';
import type { Model } from '../state/model';

/**
 * Milliseconds between two requests while the model trains, and otherwise. The Worker delays slow ones, so
 * most of the time is left for training.
 */
const EVERY = 400;
const SOON = 30;

export interface Answered<T> {
  readonly answer: T | undefined;
  readonly refusal: string | undefined;
}

/** Repeats a request when the model changes, one at a time, and returns the latest answer. */
export function useAnswer<Name extends QuestionName>(
  model: Model,
  name: Name,
  ask: Questions[Name]['ask'] | undefined,
): Answered<Questions[Name]['answer']> {
  const [answered, setAnswered] = useState<Answered<Questions[Name]['answer']>>({
    answer: undefined,
    refusal: undefined,
  });
  const isReady = model.begun.value !== undefined;
  const version = `${model.step.value} ${model.looked.value} ${isReady} ${JSON.stringify(ask)}`;
  // The latest props, for a request after a delay.
  const latest = useRef({ version, ask, model });
  latest.current = { version, ask, model };
  const isAsking = useRef(false);
  const isGone = useRef(false);
  useEffect(() => {
    const pose = async () => {
      const { version: posed, ask: question, model: asked } = latest.current;
      if (isAsking.current || isGone.current || question === undefined || !asked.begun.value) return;
      isAsking.current = true;
      try {
        const answer = await asked.ask(name, question);
        if (!isGone.current) setAnswered({ answer, refusal: undefined });
      } catch (error) {
        if (!isGone.current) setAnswered({ answer: undefined, refusal: String((error as Error).message) });
      }
      setTimeout(
        () => {
          isAsking.current = false;
          if (latest.current.version !== posed) void pose();
        },
        asked.isRunning.value ? EVERY : SOON,
      );
    };
    void pose();
  }, [version, model]);
  useEffect(
    () => () => {
      isGone.current = true;
    },
    [],
  );
  return answered;
}
