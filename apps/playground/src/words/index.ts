import { computed, effect } from '@preact/signals';
import type { Language } from '../state/address';
import { state } from '../state/session';
import { en, type Words } from './en';
import { ko } from './ko';

const TABLES: Readonly<Record<Language, Words>> = { en, ko };

/** The browser's language, if the address names none. */
export const language = computed<Language>(
  () => state.value.language ?? (navigator.language.startsWith('ko') ? 'ko' : 'en'),
);

/** The texts of the page in the selected language. */
export const words = computed<Words>(() => TABLES[language.value]);

effect(() => {
  document.documentElement.lang = language.value;
  document.title = words.value.title;
});
