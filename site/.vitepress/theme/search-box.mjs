/**
 * VitePress's search box calls itself a button and its results options, neither of which may hold a link, and
 * names results by other words than they show: it becomes a dialog with a list of links.
 */
export function mendSearchBox() {
  const surplus = {
    '.VPLocalSearchBox': ['aria-expanded', 'aria-haspopup', 'aria-owns'],
    '.VPLocalSearchBox :is([role="listbox"], [role="option"])': ['role', 'aria-labelledby'],
    '.VPLocalSearchBox li': ['aria-selected'],
    '.VPLocalSearchBox :is(.result, kbd)': ['aria-label'],
  };
  const mend = () => {
    document.querySelector('.VPLocalSearchBox')?.setAttribute('role', 'dialog');
    for (const [selector, names] of Object.entries(surplus))
      for (const element of document.querySelectorAll(selector))
        for (const name of names) element.removeAttribute(name);
  };
  new MutationObserver((changes) => {
    for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (!node.classList?.contains('VPLocalSearchBox')) continue;
      mend();
      const attributeFilter = ['aria-owns', 'aria-selected', 'aria-label'];
      const watched = { childList: true, subtree: true, attributes: true, attributeFilter };
      new MutationObserver(mend).observe(node, watched);
    }
  }).observe(document.body, { childList: true });
}
