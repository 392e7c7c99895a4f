import { computed } from '@preact/signals';
import { isTask } from '../texts/tasks';
import { ownText } from '../texts/texts';
import { choice, state, text } from './session';

/** Maximum number of characters of a text that the views read. */
const MOST = 120;

/**
 * The text that the views read: the user's, or the beginning of the training text, which ends at a line end
 * if one is near.
 */
export const lookedText = computed(() => {
  const { looked } = state.value;
  if (looked)
    return Array.from(looked)
      .slice(0, 4 * MOST)
      .join('');
  const given = text.value ?? '';
  const learned = choice.value.text === 'own' ? ownText(given.slice(0, 4 * MOST)) : given;
  if (choice.value.text === 'hihello') return learned.slice(0, 28);
  const beginning = Array.from(learned.slice(0, 2 * MOST))
    .slice(0, MOST)
    .join('');
  return isTask(choice.value.text) ? beginning.slice(0, beginning.lastIndexOf('\n') + 1) : beginning;
});
