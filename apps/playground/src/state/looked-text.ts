import { computed } from '@preact/signals';
import { isTask } from '../texts/tasks';
import { choice, state, text } from './session';

/** Characters that the views read of a text. */
const MOST = 120;

/**
 * The text that the views read: a person's, or the beginning of what is learned, up to a line's end where one
 * is near.
 */
export const lookedText = computed(() => {
  const { looked } = state.value;
  if (looked)
    return Array.from(looked)
      .slice(0, 4 * MOST)
      .join('');
  const learned = text.value ?? '';
  if (choice.value.text === 'hihello') return learned.slice(0, 28);
  const beginning = Array.from(learned.slice(0, 2 * MOST))
    .slice(0, MOST)
    .join('');
  return isTask(choice.value.text) ? beginning.slice(0, beginning.lastIndexOf('\n') + 1) : beginning;
});
