/** Functions for text that the three generators share. */

/** The first line of every generated file. */
export const NOTICE = 'Generated from packages/kernels/abi/.';

/** A line with a doc comment above it, or without one if the comment is empty. */
export function documented(doc, line, indent = '') {
  return doc
    ? `${indent}/** ${/[.!?]$/.test(doc) ? doc : `${doc}.`} */\n${indent}${line}`
    : `${indent}${line}`;
}

/** A name in capitals, in the style of macros: `gruResetAfter` → `GRU_RESET_AFTER`. */
export function macroName(name) {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
