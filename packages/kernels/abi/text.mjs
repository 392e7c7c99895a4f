/** Text that the three generators share. */

/** Said at the beginning of every generated file. */
export const NOTICE = 'Generated from packages/kernels/abi/.';

/** A doc comment of one line, then what it is about; only the latter where there is nothing to say. */
export function documented(doc, line, indent = '') {
  return doc
    ? `${indent}/** ${/[.!?]$/.test(doc) ? doc : `${doc}.`} */\n${indent}${line}`
    : `${indent}${line}`;
}

/** A name in capitals, as macros have it: `gruResetAfter` → `GRU_RESET_AFTER`. */
export function macroName(name) {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}
