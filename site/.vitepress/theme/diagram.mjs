// Draws a diagram of Mermaid in the browser, in the colours of the page; its text is what is read without
// JavaScript. The library is loaded by pages with a diagram only.
import { useData } from 'vitepress';
import { defineComponent, h, onMounted, ref, watch } from 'vue';

let count = 0;

export default defineComponent({
  props: { code: { type: String, required: true } },
  setup(props) {
    const { isDark } = useData();
    const code = decodeURIComponent(props.code);
    const svg = ref('');
    const draw = async () => {
      const { default: mermaid } = await import('mermaid');
      mermaid.initialize({ startOnLoad: false, theme: isDark.value ? 'dark' : 'neutral' });
      count += 1;
      svg.value = (await mermaid.render(`diagram-${count}`, code)).svg;
    };
    onMounted(draw);
    watch(isDark, draw);
    return () =>
      svg.value
        ? h('figure', {
            class: 'diagram',
            role: 'img',
            tabindex: 0,
            'aria-label': code,
            innerHTML: svg.value,
          })
        : h('pre', { class: 'diagram', tabindex: 0 }, code);
  },
});
