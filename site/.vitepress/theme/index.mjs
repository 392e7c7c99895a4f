import DefaultTheme from 'vitepress/theme';
import { onMounted } from 'vue';
import './style.css';

export default {
  extends: DefaultTheme,
  setup() {
    // The button's name must contain its visible text, "Search" and the key.
    onMounted(() => {
      for (const button of document.querySelectorAll('.DocSearch-Button'))
        button.setAttribute('aria-label', 'Search K');
    });
  },
};
