import { computed, effect, signal } from '@preact/signals';
import { DARK, LIGHT } from './pictures/colours';
import { state } from './state/session';

const preference = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(preference.matches);
preference.addEventListener('change', ({ matches }) => {
  isSystemDark.value = matches;
});

const isDark = computed(() =>
  state.value.theme === 'system' ? isSystemDark.value : state.value.theme === 'dark',
);

/** The colours of pictures. */
export const palette = computed(() => (isDark.value ? DARK : LIGHT));

effect(() => {
  document.documentElement.dataset.theme = isDark.value ? 'dark' : 'light';
});
