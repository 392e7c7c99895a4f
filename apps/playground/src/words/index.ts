import { computed, effect } from '@preact/signals';
import type { Language } from '../state/address';
import { state } from '../state/session';
import { en, type Words } from './en';
import { ko } from './ko';

const TABLES: Readonly<Record<Language, Words>> = { en, ko };

/** The browser's language where the address names none. */
export const language = computed<Language>(
  () => state.value.language ?? (navigator.language.startsWith('ko') ? 'ko' : 'en'),
);

/** The words of the page. */
export const words = computed<Words>(() => TABLES[language.value]);

effect(() => {
  document.documentElement.lang = language.value;
  document.title = words.value.title;
});
