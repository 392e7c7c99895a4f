import DefaultTheme from 'vitepress/theme';
import Diagram from './diagram.mjs';
import { mendSearchBox } from './search-box.mjs';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('Diagram', Diagram);
    if (!import.meta.env.SSR) mendSearchBox();
  },
};
